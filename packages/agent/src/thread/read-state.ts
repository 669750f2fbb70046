import type { ThreadReadState } from "@switchboard/protocol";
import { v7 as uuidv7 } from "uuid";

/** How far the user has read a thread, under revisions so that two clients do not undo each other's changes. */
export class ReadState {
  readonly #onChange: (state: ThreadReadState) => void;
  #current: ThreadReadState | null = null;

  constructor(onChange: (state: ThreadReadState) => void) {
    this.#onChange = onChange;
  }

  /** Null before the first turn has ended. */
  get current(): ThreadReadState | null {
    return this.#current;
  }

  /** A turn has ended. The first unread turn stays the first until a client says that it was read. */
  addTurn(turnId: string): void {
    this.#change(this.#current?.firstUnread ?? { type: "turn", turnId });
  }

  /** Marks all as read, or `unreadFrom` as the first unread turn. Undefined when the revision is not the current one. */
  mark(unreadFrom: string | null, expectedRevision: string): ThreadReadState | undefined {
    if (this.#current?.revision !== expectedRevision) return undefined;
    return this.#change(unreadFrom === null ? null : { type: "turn", turnId: unreadFrom });
  }

  #change(firstUnread: ThreadReadState["firstUnread"]): ThreadReadState {
    const changed = { firstUnread, revision: uuidv7() };
    this.#current = changed;
    this.#onChange(changed);
    return changed;
  }
}
