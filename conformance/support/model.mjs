import { simulator as simulatorPath } from "./places.mjs";

/** How many pieces a slow answer has, and the silence before each. */
const SLOW = { pieces: 100, delayMs: 150 };

/**
 * A stand-in model with simple manners. A prompt holds a token `ping-WORD`, and the answer `pong-WORD`, in three
 * pieces. `slowly` in the prompt makes it a line every 150 ms. A request for structured output (clients ask for a
 * thread's title so) gets a title. A case can have it play a part instead, with calls of tools.
 *
 * @typedef {object} Model
 * @property {string} url
 * @property {readonly import("../../packages/simulator/dist/index.js").RecordedRequest[]} requests
 * @property {(count: number) => void} holdRound the next `count` prompts are answered when all of them are in
 * @property {(token: string) => import("../../packages/simulator/dist/index.js").RecordedRequest[]} requestsOf with
 *   this token in the newest prompt, titles left out
 * @property {(part: string, replies: readonly Line[]) => void} play the next requests of a part get these replies, one
 *   each. A part is a token in the newest prompt, or what the server says a request is for: `review`,
 *   `compaction`
 * @property {(part: string) => import("../../packages/simulator/dist/index.js").RecordedRequest[]} requestsFor what the
 *   server says they are for
 * @property {() => Promise<void>} close
 */

/**
 * What the model says in one reply: a text, the call of a tool, or a call that is free text.
 *
 * @typedef {string | { call: string, with: object } | { call: string, input: string }} Line
 */

/**
 * Starts the model.
 *
 * @returns {Promise<Model>}
 */
export async function startModel() {
  const { customToolCall, functionCall, hold, lastUserText, message, startSimulator, text } = await import(
    simulatorPath
  );
  /** @type {Map<string, Line[]>} */
  const parts = new Map();
  /** @type {{ missing: number, promise: Promise<void>, release: () => void } | undefined} */
  let round;

  const script = (/** @type {any} */ request) => {
    if (isTitle(request)) return text('{"title":"A title"}');
    const prompt = lastUserText(request) ?? "";
    const line = parts.get(purposeOf(request) ?? lastToken(prompt) ?? "")?.shift();
    if (typeof line === "string") return text(line, { deltas: 3 });
    if (line !== undefined && "with" in line) return functionCall({ name: line.call, arguments: line.with });
    if (line !== undefined) return customToolCall({ name: line.call, input: line.input });
    const word = lastToken(prompt)?.slice("ping-".length) ?? "nothing";
    if (prompt.includes("slowly")) {
      const lines = Array.from({ length: SLOW.pieces }, (_, index) => `pong-${word} line ${index + 1}\n\n`);
      return message(lines, { delayMs: SLOW.delayMs });
    }
    const answer = text(`I say pong-${word} to you`, { deltas: 3 });
    if (round === undefined) return answer;
    const { promise, release } = round;
    round.missing -= 1;
    if (round.missing === 0) {
      round = undefined;
      release();
    }
    return [hold(promise), answer];
  };

  const simulator = await startSimulator({ script });
  return {
    url: simulator.url,
    requests: simulator.requests,
    holdRound: (count) => {
      let release = () => {};
      /** @type {Promise<void>} */
      const promise = new Promise((resolve) => {
        release = resolve;
      });
      round = { missing: count, promise, release: () => release() };
    },
    requestsOf: (token) =>
      simulator.requests.filter(
        (/** @type {any} */ each) => !isTitle(each) && lastToken(lastUserText(each) ?? "") === token,
      ),
    play: (part, replies) => void parts.set(part, [...replies]),
    requestsFor: (part) => simulator.requests.filter((/** @type {any} */ each) => purposeOf(each) === part),
    close: () => simulator.close(),
  };
}

/**
 * The newest `ping-WORD` of a text.
 *
 * @param {string} prompt
 */
export function lastToken(prompt) {
  return prompt.match(/ping-[a-z0-9-]+/g)?.at(-1);
}

/** @param {{ at: (...path: string[]) => unknown }} request */
function isTitle(request) {
  return request.at("text", "format") !== undefined;
}

/**
 * What a request is for, when it is not a step of the turn that the user asked for.
 *
 * @param {{ header: (name: string) => string | undefined }} request
 */
function purposeOf(request) {
  const kind = JSON.parse(request.header("x-codex-turn-metadata") ?? "{}").request_kind;
  return kind === "compaction" ? "compaction" : request.header("x-openai-subagent");
}
