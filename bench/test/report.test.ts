import { describe, expect, it } from "vitest";
import { parseOptions } from "../src/options.js";
import { jsonReport } from "../src/report/json-report.js";
import { markdownReport } from "../src/report/markdown-report.js";
import { textReport } from "../src/report/text-report.js";
import { verdict } from "../src/results.js";
import type { Row } from "../src/row.js";
import { runRows } from "../src/run-rows.js";
import { commandWords } from "../src/server/command.js";
import { parseStat, processTree } from "../src/server/process-tree.js";
import { median, percentile, summarize } from "../src/statistics.js";

const model = {
  url: "http://127.0.0.1:1/v1",
  reply: async () => {},
  takeTimes: async () => [],
  takeRounds: async () => [],
};

describe("a whole run", () => {
  it("interleaves the servers, survives failures, and reports all of it", async () => {
    const order: string[] = [];
    let run = 0;
    const row: Row = {
      id: "sample",
      figures: [
        { id: "time", title: "`thing`, p50", unit: "ms", budget: { atMost: 3 } },
        { id: "cpu", title: "CPU", unit: "µs" },
      ],
      run: async () => {
        run += 1;
        if (run === 1) throw new Error("broke once");
        return { time: run, cpu: undefined };
      },
    };
    const stuck: Row = {
      id: "stuck",
      figures: [{ id: "rate", title: "stuck", unit: "/s", budget: { atLeast: 45_000 } }],
      timeoutMs: 5,
      run: async () => new Promise(() => {}),
    };
    const ownLoop: Row = {
      id: "loop",
      figures: [{ id: "cpu", title: "loop", unit: "µs" }],
      isInProcess: true,
      run: async () => ({ cpu: 1 }),
    };
    const results = await runRows(
      {
        rows: [row, stuck, ownLoop],
        servers: [
          { label: "reference", isOurs: false, words: ["a"] },
          { label: "Switchboard", isOurs: true, words: ["b"] },
        ],
        runs: 2,
        progress: (line) => order.push(line),
      },
      model,
    );
    expect(order.slice(0, 5)).toEqual([
      "sample 1/2 reference",
      "  failed: broke once",
      "sample 1/2 Switchboard",
      "sample 2/2 reference",
      "sample 2/2 Switchboard",
    ]);
    expect(markdownReport(results, ["reference", "Switchboard"])).toBe(
      [
        "| work | reference | Switchboard | budget |",
        "| --- | --- | --- | --- |",
        "| `thing`, p50 | 3 ms (3–3) (a run failed: broke once) | 3 ms (2–4) | ≤ 3 ms |",
        "| CPU | failed: broke once | n/a |  |",
        "| stuck | failed: Not done after 0.005 s | failed: Not done after 0.005 s | ≥ 45,000/s |",
        "| loop | n/a | 1 µs (1–1) |  |",
      ].join("\n"),
    );
    expect(textReport(results, ["reference", "Switchboard"], "Switchboard")).toMatch(/thing, p50 .* ≤ 3 ms +ok$/m);
    const json: { figures: unknown[] } = JSON.parse(jsonReport(results, "Switchboard"));
    expect(json.figures[0]).toMatchObject({
      row: "sample",
      verdict: "ok",
      servers: { Switchboard: { median: 3, values: [2, 4], errors: [] } },
    });
  });
});

describe("judging", () => {
  it("compares the median with the budget", () => {
    const figure = { id: "a", title: "a", unit: "ms" } as const;
    expect(verdict({ ...figure, budget: { atMost: 3 } }, summarize([2, 3, 9]))).toBe("ok");
    expect(verdict({ ...figure, budget: { atMost: 3 } }, summarize([4]))).toBe("OVER");
    expect(verdict({ ...figure, budget: { atLeast: 3 } }, summarize([2]))).toBe("OVER");
    expect(verdict({ ...figure, budget: { atLeast: 3 } }, undefined)).toBeUndefined();
    expect(verdict(figure, summarize([1]))).toBeUndefined();
  });

  it("knows medians and percentiles", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(percentile([0, 10], 0.9)).toBe(9);
    expect(median([])).toBeNaN();
  });
});

describe("the command line", () => {
  it("is parsed", () => {
    const options = parseOptions(["--vs", "other", "--only", "turn,fan-out", "--runs", "2"]);
    expect(options).toMatchObject({ vs: "other", only: ["turn", "fan-out"], runs: 2 });
    expect(() => parseOptions(["--runs", "0"])).toThrow("--runs wants a whole number");
    expect(() => parseOptions(["--what"])).toThrow("--what");
  });

  it("splits a command, keeping quoted spaces", () => {
    expect(commandWords("node 'a b/c.js' \"d e\" f")).toEqual(["node", "a b/c.js", "d e", "f"]);
    expect(() => commandWords("  ")).toThrow("empty");
  });
});

describe("the process tree", () => {
  it("reads a line whose process name is hostile", () => {
    const line = "42 (a) b (c) S 7 42 41 0 -1 4194304 1 2 3 4 100 50 25 5 20 0 1 0 99 1 2";
    expect(parseStat(line)).toEqual({ pid: 42, parent: 7, session: 41, cpuMs: 1800 });
    expect(parseStat("")).toBeUndefined();
  });

  it.runIf(process.platform === "linux")("finds this process", () => {
    expect(processTree(process.pid).map((each) => each.pid)).toContain(process.pid);
    expect(processTree(2 ** 30)).toEqual([]);
  });
});
