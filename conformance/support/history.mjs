import assert from "node:assert/strict";

/**
 * Asserts that each tool call in what the model is given has its output there: providers refuse other histories.
 *
 * @param {import("../../packages/simulator/dist/index.js").RecordedRequest | undefined} request one after a tool call
 */
export function assertCallsAnswered(request) {
  const input = request?.at("input");
  const idsOf = (/** @type {RegExp} */ type) =>
    new Set(Array.isArray(input) ? input.filter((item) => type.test(item.type)).map((item) => item.call_id) : []);
  const calls = idsOf(/_call$/);
  assert.notEqual(calls.size, 0, "no call in the history");
  assert.deepEqual(idsOf(/_call_output$/), calls);
}
