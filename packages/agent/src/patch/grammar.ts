/**
 * The language of patches as a Lark grammar, for the definition of the freeform tool `apply_patch`: a provider that
 * can constrain a model's output keeps it to this. {@link parsePatch} reads more than the grammar lets through.
 */
export const PATCH_GRAMMAR = `start: begin operation+ end
begin: "*** Begin Patch" LF
end: "*** End Patch" LF?

operation: add | delete | update
add: "*** Add File: " path LF content+
delete: "*** Delete File: " path LF
update: "*** Update File: " path LF move? change?

path: /(.+)/
content: "+" /(.*)/ LF -> line

move: "*** Move to: " path LF
change: (where | edit)+ at_end?
where: ("@@" | "@@ " /(.+)/) LF
edit: ("+" | "-" | " ") /(.*)/ LF
at_end: "*** End of File" LF

%import common.LF
`;
