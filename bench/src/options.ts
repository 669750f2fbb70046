import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface Options {
  /** Another server to measure beside ours. */
  readonly vs: string | undefined;
  /** Replaces our own server's command; `none` leaves it out. */
  readonly ours: string | undefined;
  /** Ids of rows; empty means all. */
  readonly only: readonly string[];
  readonly runs: number | undefined;
  /** A larger number of idle connections to measure besides 1,000. */
  readonly connections: number | undefined;
  /** Where to write the JSON. */
  readonly json: string | undefined;
  readonly isMarkdown: boolean;
  /** Whether a budget that is not kept is a failure. */
  readonly isCheck: boolean;
  readonly isHelp: boolean;
}

/** Text of `--help`; `rows` are the ids that exist. */
export function helpText(rows: readonly string[]): string {
  return `npm run bench -- [options]

  --vs 'COMMAND'     another server to measure in the same run; COMMAND takes
                     app-server --listen ws://127.0.0.1:0, and exec-server likewise
                     (a launcher script counts as part of the server)
  --ours 'COMMAND'   instead of this repository's build; none leaves it out
  --only ROW,ROW     only these: ${rows.join(", ")}
  --runs N           runs per row and server (3; cold start 7)
  --connections N    measure N idle connections too
  --json FILE        write everything as JSON
  --markdown         print the table as Markdown
  --check            exit with 1 if a budget is not kept or a run fails
`;
}

/** Parses the command line; throws an error with a message for the user. */
export function parseOptions(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      vs: { type: "string" },
      ours: { type: "string" },
      only: { type: "string", multiple: true },
      runs: { type: "string" },
      connections: { type: "string" },
      json: { type: "string" },
      markdown: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  return {
    vs: values.vs,
    ours: values.ours,
    only: (values.only ?? []).flatMap((each) => each.split(",")).filter((each) => each !== ""),
    runs: wholeNumber("--runs", values.runs),
    connections: wholeNumber("--connections", values.connections),
    json: values.json,
    isMarkdown: values.markdown,
    isCheck: values.check,
    isHelp: values.help,
  };
}

function wholeNumber(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) {
    throw new Error(`${option} wants a whole number above 0, not ${value}`);
  }
  return number;
}
