/** What became of a value: typed, or refused with the text of the refusal. */
export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

/**
 * Checks one kind of value. Members the protocol does not name are let through, as serde does; nothing is copied and
 * no defaults are filled in. The message is the decoder's own text, without the `Invalid request: ` the reference
 * puts before it.
 */
export type Decoder<T> = (value: unknown) => Decoded<T>;
