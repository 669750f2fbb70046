/** How a shell is made to run a command line; a login shell reads the user's profile first. */
export function shellArgv(shell: string, script: string, isLogin: boolean): readonly [string, string, string] {
  return [shell, isLogin ? "-lc" : "-c", script];
}
