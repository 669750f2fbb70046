const openTag = "<proposed_plan>";
const closeTag = "</proposed_plan>";

/** A stretch of a message: what is said to the user, or the plan. */
export interface PlanSegment {
  readonly kind: "text" | "plan";
  readonly text: string;
}

/**
 * Takes a plan out of a message as it streams: what stands between a line `<proposed_plan>` and a line
 * `</proposed_plan>`. Holds back no more than the start of a line that may become such a tag.
 */
export class ProposedPlan {
  #kind: PlanSegment["kind"] = "text";
  /** The start of a line that may still be a tag; undefined inside a line that is none. */
  #held: string | undefined = "";

  /** The stretches that are certain now. */
  add(delta: string): PlanSegment[] {
    const segments: PlanSegment[] = [];
    for (const piece of delta.split(/(?<=\n)/)) {
      const endsLine = piece.endsWith("\n");
      if (this.#held === undefined) {
        segments.push({ kind: this.#kind, text: piece });
        if (endsLine) this.#held = "";
        continue;
      }
      const line = this.#held + piece;
      const tag = this.#kind === "text" ? openTag : closeTag;
      if (endsLine && line.trim() === tag) {
        this.#kind = this.#kind === "text" ? "plan" : "text";
        this.#held = "";
      } else if (!endsLine && mayBecome(tag, line)) {
        this.#held = line;
      } else {
        segments.push({ kind: this.#kind, text: line });
        this.#held = endsLine ? "" : undefined;
      }
    }
    return segments;
  }

  /** What was held back, now that the message is over. */
  end(): PlanSegment[] {
    const held = this.#held ?? "";
    this.#held = undefined;
    const tag = this.#kind === "text" ? openTag : closeTag;
    return held === "" || held.trim() === tag ? [] : [{ kind: this.#kind, text: held }];
  }
}

function mayBecome(tag: string, line: string): boolean {
  const start = line.trimStart();
  return tag.startsWith(start) || start.trimEnd() === tag;
}
