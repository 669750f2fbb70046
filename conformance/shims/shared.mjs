// A stand-in for `codex` that connects a client which knows only stdio to one shared server. Anything but
// `app-server` goes to Codex itself.
// node shared.mjs RECORD NAME URL CODEX -- ARGUMENTS…
import { spawn } from "node:child_process";

import { WebSocket } from "ws";

import { forEachLine } from "../support/lines.mjs";

const [, , url = "", codex = "", , ...args] = process.argv.slice(2);

if (!args.includes("app-server") || args.includes("--help")) {
  const child = spawn(process.execPath, [codex, ...args], { stdio: "inherit" });
  child.on("exit", (code) => (process.exitCode = code ?? 1));
} else {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  /** Lines that came before the connection was there. @type {string[]} */
  const early = [];
  const send = (/** @type {string} */ line) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(line);
    else early.push(line);
  };
  socket.on("open", () => early.splice(0).forEach(send));
  socket.on("message", (/** @type {Buffer} */ data) => process.stdout.write(`${data.toString("utf8")}\n`));
  socket.on("error", (error) => {
    console.error(`${url}: ${error.message}`);
    process.exitCode = 1;
  });
  socket.on("close", () => process.stdin.destroy());
  forEachLine(process.stdin, send);
  process.stdin.on("end", () => socket.close());
  for (const signal of /** @type {const} */ (["SIGTERM", "SIGINT", "SIGHUP"])) {
    process.on(signal, () => socket.close());
  }
}
