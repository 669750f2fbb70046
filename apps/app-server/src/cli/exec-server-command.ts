import { createRequestClient, type RequestClient } from "@switchboard/client";
import { createExecServer, parseExecListenUrl, type ExecServer } from "@switchboard/exec";
import { messageOf } from "@switchboard/protocol";

import { stderrLogger, type Logger } from "../log.js";
import { parseFlags } from "./command-line.js";
import { UsageError } from "./failure.js";
import { networkOptions } from "./process-environment.js";
import { webSocketAuth } from "./websocket-auth-flags.js";

const flags = {
  listen: { type: "string", multiple: true },
  "concurrent-requests": { type: "string" },
  "ws-auth": { type: "string" },
  "ws-token-file": { type: "string" },
  "ws-token-sha256": { type: "string" },
  "ws-shared-secret-file": { type: "string" },
  "ws-issuer": { type: "string" },
  "ws-audience": { type: "string" },
  "ws-max-clock-skew-seconds": { type: "string" },
  config: { type: "string", short: "c", multiple: true },
  enable: { type: "string", multiple: true },
  disable: { type: "string", multiple: true },
  "strict-config": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** How long requests in work may go on when stdin has ended, in milliseconds. */
const graceMs = 1_000;

/** `switchboard exec-server`: serves until a signal, or the end of stdin on stdio, ends all processes and exits 0. */
export async function runExecServer(args: readonly string[]): Promise<void> {
  const values = parseFlags(args, flags);
  if (values.help === true) {
    const { execServerHelp } = await import("./help.js");
    console.log(execServerHelp);
    return;
  }
  const [url = "ws://127.0.0.1:0", more] = values.listen ?? [];
  if (more !== undefined) throw new UsageError("the argument '--listen <URL>' cannot be used multiple times");
  const address = parseExecListenUrl(url);
  const concurrentRequests = readCount(values["concurrent-requests"]);
  const auth = await webSocketAuth(values);
  const log = stderrLogger(false);
  const server = createExecServer({
    environment: process.env,
    requestClient: await requestClient(log),
    onIncident: (text, cause) => log.warn(cause === undefined ? text : `${text}: ${messageOf(cause)}`),
    ...(concurrentRequests === undefined ? {} : { concurrentRequests }),
  });
  const stop = stopper(server);
  if (address.kind === "stdio") return serveStdio(server, stop);
  const listener = await server.listen(url, auth === undefined ? {} : { auth });
  process.stdout.write(`${listener.url}\n`);
}

function readCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const invalid = (why: string) =>
    new UsageError(`invalid value '${text}' for '--concurrent-requests <COUNT>': ${why}`);
  if (!/^\d+$/.test(text)) throw invalid("invalid digit found in string");
  if (Number(text) === 0) throw invalid("number would be zero for non-zero type");
  return Number(text);
}

/**
 * Certificates that cannot be used take HTTPS away and nothing else: processes and files do not need them. The client
 * learns the reason with each request.
 */
async function requestClient(log: Logger): Promise<RequestClient> {
  try {
    return createRequestClient({ network: await networkOptions(process.env) });
  } catch (error) {
    log.warn(messageOf(error));
    const client = createRequestClient();
    return {
      send: async (request) => {
        if (/^https:/i.test(request.url)) throw error;
        return client.send(request);
      },
      close: () => client.close(),
    };
  }
}

/** Ends the server on the first signal, and the process at once on the second. */
function stopper(server: ExecServer): (options?: { readonly graceMs?: number }) => void {
  let stopping = false;
  const stop = (options?: { readonly graceMs?: number }) => {
    if (stopping) return;
    stopping = true;
    void server.close(options).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, () => (stopping ? process.exit(0) : stop()));
  }
  return stop;
}

async function serveStdio(server: ExecServer, stop: ReturnType<typeof stopper>): Promise<void> {
  const { StdioTransport } = await import("@switchboard/protocol/transports");
  // A reader that is gone is as final as the end of the input.
  process.stdout.on("error", () => stop());
  server.accept(
    new StdioTransport({ input: process.stdin, output: process.stdout, onInputEnd: () => stop({ graceMs }) }),
  );
}
