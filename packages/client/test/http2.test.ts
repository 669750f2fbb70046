import { createSecureServer } from "node:http2";

import { makeCertificates } from "@switchboard/simulator";
import { expect, it, onTestFinished } from "vitest";

import { openClient, requestTo, textOf } from "./support/client.js";

it("HTTP/2 is spoken only where it is switched on", async () => {
  const { authority, certificate, key } = await makeCertificates(["127.0.0.1"]);
  const versions: string[] = [];
  const server = createSecureServer({ key, cert: certificate, allowHTTP1: true }, (request, response) => {
    versions.push(request.httpVersion);
    response.setHeader("x-a", "1");
    response.end("ok");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const url = `https://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`;
  for (const http2 of [false, true]) {
    const client = openClient({ network: { extraCertificates: authority, http2 } });
    const response = await client.send(requestTo(url));
    expect([response.status, response.headers["x-a"], await textOf(response)]).toEqual([200, "1", "ok"]);
    await client.close();
  }
  expect(versions).toEqual(["1.1", "2.0"]);
});
