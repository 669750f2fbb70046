import { forEachChild, parse, type SyntaxNode, type Word } from "unbash";

/** The words of a command; an unknown one is `undefined`. */
export type LiteralCommand = readonly (string | undefined)[];

/**
 * All simple commands anywhere in a script, also inside substitutions, subshells, functions, control flow and the
 * documents handed to a command, with the words that are known from the text alone. For what must be found rather than
 * proven: a script that does not parse gives what could be read of it, and very deep nesting is not followed.
 */
export function literalCommands(script: string): LiteralCommand[] {
  const commands: LiteralCommand[] = [];
  const open: { node: SyntaxNode; depth: number }[] = [{ node: parse(script), depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    if (node.type === "Command" && node.name !== undefined) {
      commands.push([node.name, ...node.args].map((word) => (word.type === "Word" ? literalWord(word) : word.text)));
    }
    const children: { node: SyntaxNode; depth: number }[] = [];
    const inside = node.type === "Script" ? depth + 1 : depth;
    if (inside <= deepest) forEachChild(node, (child) => children.push({ node: child, depth: inside }));
    for (const child of children.toReversed()) open.push(child);
  }
  return commands;
}

/** How many substitutions within each other are looked into; each level reads the text of all within it again. */
const deepest = 12;

function literalWord(word: Word): string | undefined {
  const isLiteral = (word.parts ?? []).every((part) => {
    if (part.type === "DoubleQuoted" || part.type === "LocaleString") {
      return part.parts.every((inner) => inner.type === "Literal");
    }
    return part.type === "Literal" || part.type === "SingleQuoted" || part.type === "AnsiCQuoted";
  });
  return isLiteral ? word.value : undefined;
}
