/** Most names that have a series of their own. */
const maxNames = 64;

/** Longest name in a series, in characters. */
const maxLength = 128;

/** What the names beyond the bound are called together. */
const otherNames = "other";

/**
 * Names from outside as labels of metrics: clients call themselves what they like, models call tools what they like,
 * and each new name would be one more series for ever. The first 64 keep theirs, clipped to 128 characters; all later
 * ones are `other`.
 */
export class BoundedNames {
  readonly #known = new Set<string>();

  /** The label of a name. */
  label(name: string): string {
    // Half of a surrogate pair is no text.
    const label = name.length > maxLength ? name.slice(0, maxLength).replace(/[\ud800-\udbff]$/, "") : name;
    if (this.#known.has(label)) return label;
    if (this.#known.size >= maxNames) return otherNames;
    this.#known.add(label);
    return label;
  }
}
