import { parseCommandLine } from "./cli/command-line.js";
import { describeFailure, UsageError } from "./cli/failure.js";
import { switchboardVersion } from "./version.js";

/** The program `switchboard`. Commands load when they are asked for. */
async function main(argv: readonly string[]): Promise<void> {
  const { command, args, config } = parseCommandLine(argv);
  switch (command) {
    case "--version":
      console.log(`codex-cli 0.169.0 (switchboard ${switchboardVersion})`);
      return;
    case "--help": {
      const { generalHelp } = await import("./cli/help.js");
      console.log(generalHelp);
      return;
    }
    case "app-server": {
      const { runAppServer } = await import("./cli/app-server-command.js");
      return runAppServer(args, config);
    }
    case "exec-server": {
      const { runExecServer } = await import("./cli/exec-server-command.js");
      return runExecServer(args);
    }
    case "ledger":
    case "connections": {
      const { runInspect } = await import("./cli/inspect-command.js");
      return runInspect(command, args);
    }
    case "demo": {
      const { runDemo } = await import("./demo/demo.js");
      return runDemo(args);
    }
    default:
      throw new UsageError(`unrecognized subcommand '${command}'`);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const { text, exitCode } = describeFailure(error);
  process.stderr.write(`${text}\n`);
  process.exit(exitCode);
});
