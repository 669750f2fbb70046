import type { RpcClient } from "./rpc-client.js";

/** How a pipelined load went. */
export interface PipelineResult {
  readonly answered: number;
  readonly elapsedMs: number;
}

/** Keeps so many requests in flight for a while: each answer sends the next. */
export async function pipeline(
  client: RpcClient,
  methodAndParams: string,
  inFlight: number,
  durationMs: number,
): Promise<PipelineResult> {
  const startedAt = performance.now();
  let answered = 0;
  let waiting = inFlight;
  return new Promise((resolve, reject) => {
    void client.failed.then(reject);
    client.onCheapAnswer = () => {
      answered += 1;
      const elapsedMs = performance.now() - startedAt;
      if (elapsedMs < durationMs) {
        client.sendCheap(methodAndParams);
        return;
      }
      waiting -= 1;
      if (waiting === 0) resolve({ answered, elapsedMs });
    };
    for (let count = 0; count < inFlight; count += 1) client.sendCheap(methodAndParams);
  });
}
