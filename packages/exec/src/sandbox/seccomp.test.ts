import { expect, test } from "vitest";

import { seccompFilter } from "./seccomp.js";
import { auditArchitectures, type Architecture } from "./syscalls.js";

const allowed = "allowed";

/** Runs a filter as the kernel would, for one call. */
function ask(filter: Buffer, audit: number, number: number, args: readonly bigint[] = []): string {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number >>> 0, 0);
  data.writeUInt32LE(audit >>> 0, 4);
  for (const [index, value] of args.entries()) data.writeBigUInt64LE(value, 16 + index * 8);
  let accumulator = 0;
  for (let at = 0; ; at++) {
    const [code, operand] = [filter.readUInt16LE(at * 8), filter.readUInt32LE(at * 8 + 4)];
    const [ifTrue, ifFalse] = [filter.readUInt8(at * 8 + 2), filter.readUInt8(at * 8 + 3)];
    if (code === 0x20) accumulator = data.readUInt32LE(operand);
    else if (code === 0x54) accumulator = (accumulator & operand) >>> 0;
    else if (code === 0x15) at += accumulator === operand ? ifTrue : ifFalse;
    else if (code === 0x35) at += accumulator >= operand ? ifTrue : ifFalse;
    else if (code === 0x45) at += (accumulator & operand) !== 0 ? ifTrue : ifFalse;
    else if (code === 0x06) return operand === 0x7fff0000 ? allowed : `errno ${operand - 0x50000}`;
    else throw new Error(`unknown instruction ${code}`);
  }
}

const denied = "errno 1";
const numbers: Readonly<Record<Architecture, Readonly<Record<string, number>>>> = {
  x64: {
    read: 0,
    ptrace: 101,
    vm: 310,
    uring: 425,
    mount: 165,
    setns: 308,
    keyctl: 250,
    bpf: 321,
    socket: 41,
    connect: 42,
    bind: 49,
    listen: 50,
    accept: 288,
    sendto: 44,
    pair: 53,
    ioctl: 16,
    clone: 56,
    clone3: 435,
    unshare: 272,
    sendmsg: 46,
    execve: 59,
  },
  arm64: {
    read: 63,
    ptrace: 117,
    vm: 270,
    uring: 425,
    mount: 40,
    setns: 268,
    keyctl: 219,
    bpf: 280,
    socket: 198,
    connect: 203,
    bind: 200,
    listen: 201,
    accept: 242,
    sendto: 206,
    pair: 199,
    ioctl: 29,
    clone: 220,
    clone3: 435,
    unshare: 97,
    sendmsg: 211,
    execve: 221,
  },
};

const cases: ReadonlyArray<[name: string, args: readonly bigint[], offline: string, online: string]> = [
  ["read", [], allowed, allowed],
  ["execve", [], allowed, allowed],
  ["ptrace", [], denied, denied],
  ["vm", [], denied, denied],
  ["uring", [], denied, denied],
  ["mount", [], denied, denied],
  ["setns", [], denied, denied],
  ["keyctl", [], denied, denied],
  ["bpf", [], denied, denied],
  ["socket", [1n, 1n], denied, allowed],
  ["socket", [2n, 2n], denied, allowed],
  ["connect", [], denied, allowed],
  ["bind", [], denied, allowed],
  ["listen", [], denied, allowed],
  ["accept", [], denied, allowed],
  ["sendmsg", [], allowed, allowed],
  ["sendto", [3n, 0n, 0n, 0n, 0n], allowed, allowed],
  ["sendto", [3n, 0n, 0n, 0n, 0x7f00n], denied, allowed],
  ["sendto", [3n, 0n, 0n, 0n, 0x7f0000000000n], denied, allowed],
  ["pair", [1n, 1n], allowed, allowed],
  ["pair", [1n, 0x80801n], allowed, allowed],
  ["pair", [1n, 5n], allowed, allowed],
  ["pair", [1n, 2n], denied, allowed],
  ["pair", [1n, 3n], denied, allowed],
  ["pair", [2n, 1n], denied, allowed],
  ["ioctl", [0n, 0x5401n], allowed, allowed],
  ["ioctl", [0n, 0x5410n], allowed, allowed],
  ["ioctl", [0n, 0x5412n], denied, denied],
  ["ioctl", [0n, 0x1_0000_5412n], denied, denied],
  ["ioctl", [0n, 0x541cn], denied, denied],
  ["clone", [0x01200011n], allowed, allowed],
  ["clone", [0x3d0f00n], allowed, allowed],
  ["clone", [0x10000011n], denied, denied],
  ["clone", [0x00020011n], denied, denied],
  ["clone3", [], "errno 38", "errno 38"],
  ["unshare", [0x400n], allowed, allowed],
  ["unshare", [0x10000000n], denied, denied],
  ["unshare", [0x80n], denied, denied],
];

test.each(["x64", "arm64"] as const)("what %s lets through", (architecture) => {
  for (const network of [false, true]) {
    const filter = seccompFilter(architecture, network);
    expect(filter.length / 8).toBeLessThan(4096);
    for (const [name, args, offline, online] of cases) {
      const number = numbers[architecture][name] ?? Number.NaN;
      expect([name, args, ask(filter, auditArchitectures[architecture], number, args)]).toEqual([
        name,
        args,
        network ? online : offline,
      ]);
    }
  }
});

test("another architecture, and the numbers of x32, get nothing at all", () => {
  const filter = seccompFilter("x64", true);
  expect(ask(filter, 0x40000003, 3)).toBe(denied);
  expect(ask(filter, auditArchitectures.arm64, 63)).toBe(denied);
  expect(ask(filter, auditArchitectures.x64, 0x40000000)).toBe(denied);
  expect(ask(filter, auditArchitectures.x64, 0x40000000 + 101)).toBe(denied);
  expect(ask(seccompFilter("arm64", true), auditArchitectures.x64, 0)).toBe(denied);
});
