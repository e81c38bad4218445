import { execFileSync } from "node:child_process";

const script = `
const start = performance.now();
for (const name of process.argv.slice(1)) await import(name);
process.stdout.write(String(performance.now() - start));
`;

/** Milliseconds that a fresh process takes to import these packages, one after the other. `from`: who imports. */
export function measureImportMs(names: readonly string[], from: string): number {
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script, "--", ...names], {
    cwd: from,
    encoding: "utf8",
  });
  return Number(output);
}
