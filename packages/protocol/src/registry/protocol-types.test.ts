import { describe, expectTypeOf, test } from "vitest";
import type {
  AskForApproval,
  ClientRequests,
  ServerNotifications,
  ServerRequests,
  Thread,
  ThreadItem,
  ThreadStartParams,
  TurnStartParams,
  UserInput,
} from "../generated/index.js";
import { loadDecoder } from "../decode/index.js";

// Checked by the compiler; at run time nothing here can fail.
describe("generated types", () => {
  test("name params and results by method", () => {
    expectTypeOf<ClientRequests["thread/start"]["params"]>().toEqualTypeOf<ThreadStartParams>();
    expectTypeOf<ClientRequests["thread/start"]["result"]["thread"]>().toEqualTypeOf<Thread>();
    expectTypeOf<ClientRequests["account/logout"]["params"]>().toEqualTypeOf<undefined>();
    expectTypeOf<ServerRequests["item/fileChange/requestApproval"]["result"]["decision"]>().toExtend<string>();
    expectTypeOf<ServerNotifications["item/started"]["item"]>().toEqualTypeOf<ThreadItem>();
  });

  test("leave optional what a client may leave out, and null what it may say", () => {
    expectTypeOf<ThreadStartParams>().toExtend<{ model?: string | null }>();
    expectTypeOf<{ threadId: string; input: UserInput[] }>().toExtend<TurnStartParams>();
    // @ts-expect-error undefined is not a value of the wire
    ({ model: undefined }) satisfies ThreadStartParams;
    // @ts-expect-error a turn needs input
    ({ threadId: "t" }) satisfies TurnStartParams;
  });

  test("require of us what the reference always sends", () => {
    expectTypeOf<Thread["name"]>().toEqualTypeOf<string | null>();
    expectTypeOf<Thread["turns"]>().toBeArray();
  });

  test("narrow tagged unions", () => {
    const textOf = (item: ThreadItem): string => (item.type === "agentMessage" ? item.text : "");
    expectTypeOf(textOf).returns.toBeString();
    expectTypeOf<AskForApproval>().exclude<string>().toHaveProperty("granular");
  });

  test("type the decoders", async () => {
    const decoded = (await loadDecoder("turn/start"))({ threadId: "t", input: [] });
    if (decoded.ok) expectTypeOf(decoded.value).toEqualTypeOf<TurnStartParams>();
    else expectTypeOf(decoded.message).toBeString();
  });
});
