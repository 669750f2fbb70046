import { expect, test } from "vitest";

import { encoded, failure, gone, openSession, testPath } from "../../test/support/session.js";

test("a terminal has 24 rows and 80 columns and is the one of its process", async () => {
  const session = openSession();
  await session.start("p", "stty size; test -t 0 && test -t 1 && test -t 2 && echo all; echo err >&2; exit 7", {
    tty: true,
  });
  expect(await session.output("p")).toBe("24 80\r\nall\r\nerr\r\n");
  expect(await session.exitCode("p")).toBe(7);
  expect(new Set(session.told.flatMap((event) => ("stream" in event ? [event.stream] : [])))).toEqual(new Set(["pty"]));
});

test("its environment is what was asked for and nothing more", async () => {
  const session = openSession();
  await session.start("p", "", { argv: ["env"], env: { ...testPath, A: "b" }, tty: true });
  expect((await session.output("p")).trim().split("\r\n").sort()).toEqual(["A=b", `PATH=${testPath.PATH}`]);
});

test("what is written is typed", async () => {
  const session = openSession();
  await session.start("p", "cat; echo over", { tty: true });
  const write = (text: string, writeId: string) =>
    session.table.write({ processId: "p", chunk: encoded(text), writeId });
  expect(await write("hello\n", "1")).toEqual({ status: "accepted" });
  await session.until((event) => "text" in event && event.text.includes("hello\r\n"));
  await write("\u0004", "2");
  expect(await session.output("p")).toBe("hello\r\nhello\r\nover\r\n");
  expect(await session.exitCode("p")).toBe(0);
  expect(await failure(() => write("x", "3"))).toMatchObject({ code: -32603 });
});

test.each([
  ["a typed ^C", 130],
  ["an interrupt", 130],
  ["terminate", 137],
])("%s ends it with %i", async (how, code) => {
  const session = openSession();
  await session.start("p", "echo ready; exec sleep 60", { tty: true });
  await session.until((event) => event.what === "output");
  if (how === "terminate") session.table.terminate({ processId: "p" });
  else if (how === "an interrupt") session.table.signal({ processId: "p", signal: "interrupt" });
  else await session.table.write({ processId: "p", chunk: encoded("\u0003"), writeId: "1" });
  expect(await session.exitCode("p")).toBe(code);
  await session.output("p");
});

test("bulk output is complete, also for a reader that is slow at the end", async () => {
  let held: Array<() => void> = [];
  const session = openSession({}, () => new Promise((resolve) => held.push(resolve)));
  await session.start("p", "head -c 200000 /dev/zero; printf end", { tty: true });
  const release = setInterval(() => {
    for (const resolve of held) resolve();
    held = [];
  }, 5);
  const output = await session.output("p");
  clearInterval(release);
  expect(output).toHaveLength(200_003);
  expect(output.endsWith("end")).toBe(true);
});

test("what it says last is told, however much it is", async () => {
  const session = openSession();
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      await session.start(`p${index}`, "head -c 12000 /dev/zero", { tty: true });
      expect(await session.output(`p${index}`)).toHaveLength(12_000);
    }),
  );
});

test("what it leaves in the background keeps the terminal, until it is terminated", async () => {
  const session = openSession();
  await session.start("p", "sh -c 'trap \"\" HUP; echo $$; sleep 60' & sleep 0.2; exit 3", { tty: true });
  expect(await session.exitCode("p")).toBe(3);
  const first = await session.until((event) => event.what === "output");
  expect(session.order("p")).not.toContain("3 closed");
  session.table.terminate({ processId: "p" });
  await session.output("p");
  await gone(Number("text" in first ? first.text : ""));
});

test("a name of its own is refused", async () => {
  const { code, message } = await failure(() => openSession().start("p", "true", { tty: true, arg0: "other" }));
  expect([code, message]).toEqual([-32602, "arg0 is not supported together with tty; leave one of them out"]);
});
