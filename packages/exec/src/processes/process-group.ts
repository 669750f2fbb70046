/**
 * Sends a signal to a child and everything it started that stayed in its group. Children lead a session and a
 * group of their own, so nothing else is in it.
 *
 * A dead leader's number may be in use again: while something of its group lives the system does not give it
 * away, so a process that has it proves that the group is gone.
 */
export function signalGroup(leader: number, isLeaderGone: boolean, signal: "SIGINT" | "SIGKILL"): void {
  if (isLeaderGone && exists(leader)) return;
  if (!send(-leader, signal) && !isLeaderGone) {
    // A child that has just been forked has no group yet.
    send(leader, signal);
  }
}

function send(target: number, signal: "SIGINT" | "SIGKILL"): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch {
    return false;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of someone else's is there but out of reach.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
