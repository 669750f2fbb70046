/** The processors that there is a filter for. */
export type Architecture = "x64" | "arm64";

/** What the kernel calls them in a filter's input (`AUDIT_ARCH_*` of `linux/audit.h`). */
export const auditArchitectures: Readonly<Record<Architecture, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };

/** A system call's numbers on x64 and arm64; null where it does not exist. */
type Numbers = readonly [x64: number | null, arm64: number];

/**
 * Calls that no sandboxed command gets: looking into other processes, keys, kernel interfaces that go round the
 * filter (io_uring) or are often broken (bpf, userfaultfd), mounts, and what belongs to administrators.
 */
export const alwaysDenied = {
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  kcmp: [312, 272],
  pidfd_getfd: [438, 438],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  keyctl: [250, 219],
  add_key: [248, 217],
  request_key: [249, 218],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  move_mount: [429, 429],
  open_tree: [428, 428],
  open_tree_attr: [467, 467],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  setns: [308, 268],
  open_by_handle_at: [304, 265],
  swapon: [167, 224],
  swapoff: [168, 225],
  reboot: [169, 142],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  acct: [163, 89],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  lookup_dcookie: [212, 18],
  vhangup: [153, 58],
  syslog: [103, 116],
  iopl: [172, -1],
  ioperm: [173, -1],
} as const satisfies Readonly<Record<string, Numbers>>;

/** Calls without which nobody is reached through a socket. `socket` and `socketpair` are looked at apart. */
export const networkDenied = {
  socket: [41, 198],
  connect: [42, 203],
  bind: [49, 200],
  listen: [50, 201],
  accept: [43, 202],
  accept4: [288, 242],
} as const satisfies Readonly<Record<string, Numbers>>;

/** Calls of which it depends on the arguments. */
export const examined = {
  ioctl: [16, 29],
  clone: [56, 220],
  clone3: [435, 435],
  unshare: [272, 97],
  socketpair: [53, 199],
  sendto: [44, 206],
} as const satisfies Readonly<Record<string, Numbers>>;

/** The number of a call; undefined where the architecture has no such call. */
export function numberOf([x64, arm64]: Numbers, architecture: Architecture): number | undefined {
  const number = architecture === "x64" ? x64 : arm64;
  return number === null || number < 0 ? undefined : number;
}
