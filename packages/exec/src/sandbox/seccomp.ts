import { alwaysDenied, auditArchitectures, examined, networkDenied, numberOf, type Architecture } from "./syscalls.js";

/** Instructions of the classic packet filter (`linux/bpf_common.h`), as seccomp takes them. */
const load = 0x20;
const jumpIfEqual = 0x15;
const jumpIfAtLeast = 0x35;
const jumpIfAnyBit = 0x45;
const mask = 0x54;
const give = 0x06;

/** What a filter can answer (`linux/seccomp.h`). Nothing is ever killed: programs cope with an error. */
const allow = 0x7fff0000;
const errno = 0x00050000;
const EPERM = 1;
const ENOSYS = 38;

/** Offsets in `struct seccomp_data`. */
const numberOffset = 0;
const architectureOffset = 4;
/** The lower and upper half of an argument; both processors are little endian. */
const low = (argument: number): number => 16 + 8 * argument;
const high = (argument: number): number => low(argument) + 4;

/** Numbers from here on are those of the x32 interface, under which every call has another one. */
const x32 = 0x40000000;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const newNamespaces = 0x7e020000;
/** CLONE_NEWTIME, which only `unshare` can take: in `clone` the bits are the exit signal's. */
const newTimeNamespace = 0x80;
/** Put characters into a terminal's input as if they had been typed, or into a console's. */
const terminalInjections = [0x5412, 0x541c];
const unixDomain = 1;
/** The kind of a socket without SOCK_CLOEXEC and SOCK_NONBLOCK. */
const socketKinds = 0xf;
const streamSocket = 1;
const seqpacketSocket = 5;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number];

const deny: Instruction = [give, 0, 0, errno | EPERM];
const pass: Instruction = [give, 0, 0, allow];

/**
 * A seccomp filter as bytes for `bwrap --seccomp`: an array of `struct sock_filter`. What is denied fails with EPERM.
 *
 * Without the network a socket can neither be made nor bound nor connected, so that also sockets with a path, which
 * a network namespace does not separate, are out of reach. Pairs of connected sockets stay, since programs talk to
 * their children through them; pairs of datagram sockets do not, because those can send to any path.
 */
export function seccompFilter(architecture: Architecture, network: boolean): Buffer {
  const program: Instruction[] = [
    [load, 0, 0, architectureOffset],
    [jumpIfEqual, 1, 0, auditArchitectures[architecture]],
    deny,
    [load, 0, 0, numberOffset],
  ];
  if (architecture === "x64") program.push([jumpIfAtLeast, 0, 1, x32], deny);
  const denied = network ? [alwaysDenied] : [alwaysDenied, networkDenied];
  for (const numbers of denied.flatMap((table) => Object.values(table))) {
    const number = numberOf(numbers, architecture);
    if (number !== undefined) program.push([jumpIfEqual, 0, 1, number], deny);
  }
  const examine = (name: keyof typeof examined, block: readonly Instruction[]): void => {
    const number = numberOf(examined[name], architecture);
    if (number !== undefined) program.push([jumpIfEqual, 0, block.length, number], ...block);
  };
  examine("clone", [[load, 0, 0, low(0)], [jumpIfAnyBit, 0, 1, newNamespaces], deny, pass]);
  examine("unshare", [[load, 0, 0, low(0)], [jumpIfAnyBit, 0, 1, newNamespaces | newTimeNamespace], deny, pass]);
  // Its flags are in memory, where a filter cannot look. Without it the C libraries use `clone`.
  examine("clone3", [[give, 0, 0, errno | ENOSYS]]);
  // The kernel looks at the lower half of the request only.
  examine("ioctl", [
    [load, 0, 0, low(1)],
    ...terminalInjections.flatMap((request): Instruction[] => [[jumpIfEqual, 0, 1, request], deny]),
    pass,
  ]);
  if (!network) {
    examine("socketpair", [
      [load, 0, 0, low(0)],
      [jumpIfEqual, 0, 4, unixDomain],
      [load, 0, 0, low(1)],
      [mask, 0, 0, socketKinds],
      [jumpIfEqual, 2, 0, streamSocket],
      [jumpIfEqual, 1, 0, seqpacketSocket],
      deny,
      pass,
    ]);
    // Without an address it is `send`.
    examine("sendto", [
      [load, 0, 0, low(4)],
      [jumpIfEqual, 0, 2, 0],
      [load, 0, 0, high(4)],
      [jumpIfEqual, 1, 0, 0],
      deny,
      pass,
    ]);
  }
  program.push(pass);
  return encode(program);
}

function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, ifTrue, ifFalse, operand]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(operand >>> 0, index * 8 + 4);
  }
  return bytes;
}
