// npm run check: lint, format, types, tests, unused code. The one gate a change has to pass.
import process from "node:process";
import { ensureReady, handOver, runTool, toolPath } from "./setup.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

ensureReady();
runTool("oxlint", [], "check: lint failed.");
runTool("oxfmt", ["--check", "."], "check: some files are not formatted; run `npm run format`.");
runTool("tsc", ["-p", "tsconfig.test.json"], "check: the tests do not type-check.");
runTool("knip", [], "check: unused code or dependencies found.");
ensureSystemPackages();
handOver(toolPath("vitest"), ["run", ...process.argv.slice(2)]);
