/** Whether a message needs `capabilities.experimentalApi` on the connection. */
export type Stability = "stable" | "experimental";

/**
 * All messages of one kind. Holds the generated lines and reads one only when its message is asked for: a server
 * that answers `initialize` does not pay for two hundred objects.
 */
export class MessageTable<Method extends string, Definition> implements Iterable<Definition> {
  readonly #lines = new Map<string, string>();
  readonly #definitions = new Map<string, Definition>();
  readonly #read: (method: Method, fields: readonly string[]) => Definition;

  /**
   * @param table generated lines, each beginning with a method
   * @param read makes the definition from the rest of the line
   */
  constructor(table: string, read: (method: Method, fields: readonly string[]) => Definition) {
    this.#read = read;
    for (const line of table.split("\n")) {
      const end = line.indexOf(" ");
      if (end > 0) this.#lines.set(line.slice(0, end), line.slice(end + 1));
    }
  }

  /** Number of messages. */
  get size(): number {
    return this.#lines.size;
  }

  /** Whether the protocol has this method. */
  has(method: string): method is Method {
    return this.#lines.has(method);
  }

  /** The definition of a method, or undefined when the protocol has no such method. */
  get(method: string): Definition | undefined {
    const known = this.#definitions.get(method);
    if (known !== undefined) return known;
    const line = this.#lines.get(method);
    if (line === undefined || !this.has(method)) return undefined;
    const definition = this.#read(method, line.split(" "));
    this.#definitions.set(method, definition);
    return definition;
  }

  /** All methods in the order the reference declares and lists them. */
  methods(): Method[] {
    return [...this.#lines.keys()].filter((method) => this.has(method));
  }

  /** Every definition, in declared order. */
  *[Symbol.iterator](): IterableIterator<Definition> {
    for (const method of this.#lines.keys()) {
      const definition = this.get(method);
      if (definition !== undefined) yield definition;
    }
  }
}
