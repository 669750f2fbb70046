import { EventEmitter } from "node:events";

import { createClientIdentity, runWithIdentity } from "@switchboard/login";
import { onTestFinished } from "vitest";

import { host } from "./test-server.js";

/** The name under which nothing may ever leave the process. */
export const stranger = "stranger";

/**
 * From now on every timer and every event of every emitter (sockets, children, streams, servers) fires in the scope
 * of a stranger, until the test has finished. Only `await` keeps a scope: whoever looks the owner up in a callback
 * finds the stranger.
 */
export function scrambleContexts(): void {
  const identity = createClientIdentity({ name: stranger, version: "0" }, host, 666);
  const inScope =
    (callback: Function) =>
    (...args: unknown[]): unknown =>
      runWithIdentity(identity, () => Reflect.apply(callback, undefined, args));
  replace(EventEmitter.prototype, "emit", (emit, self, args) =>
    runWithIdentity(identity, () => Reflect.apply(emit, self, args)),
  );
  for (const timer of ["setTimeout", "setInterval", "setImmediate"]) {
    replace(globalThis, timer, (original, self, [callback, ...rest]) =>
      Reflect.apply(original, self, [inScope(callback), ...rest]),
    );
  }
}

/** Puts a function in another's place until the test has finished. */
function replace(
  owner: object,
  name: string,
  call: (original: Function, self: unknown, args: Parameters<typeof setTimeout>) => unknown,
): void {
  const original: Function = Reflect.get(owner, name);
  const apply: ProxyHandler<Function>["apply"] = (_target, self, args) =>
    call(original, self, args as Parameters<typeof setTimeout>);
  Reflect.set(owner, name, new Proxy(original, { apply }));
  onTestFinished(() => void Reflect.set(owner, name, original));
}
