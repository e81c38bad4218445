import { parseArgs } from "node:util";
import { checkRules, type CommandOutcome } from "../alerts/commands/check-rules.ts";
import { testRules } from "../alerts/commands/test-rules.ts";

type RuleCommand = (paths: readonly string[]) => Promise<CommandOutcome>;

/** `check rules FILE…`: whether rule files are in order. */
export function check(args: string[]): Promise<void> {
  return runOnFiles("check", args, checkRules);
}

/** `test rules FILE…`: whether rules do what their unit tests say. */
export function test(args: string[]): Promise<void> {
  return runOnFiles("test", args, testRules);
}

/** Prints what the command found; exit code 1 where not everything is in order. */
async function runOnFiles(name: string, args: string[], command: RuleCommand): Promise<void> {
  const [what, ...paths] = parseArgs({ args, allowPositionals: true }).positionals;
  if (what !== "rules" || paths.length === 0) {
    throw new Error(`Name what to ${name}: spanlight ${name} rules FILE…`);
  }
  const { text, isOk } = await command(paths);
  process.stdout.write(`${text}\n`);
  if (!isOk) process.exitCode = 1;
}
