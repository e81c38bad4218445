// npm test: installs what the tests need, builds, runs them all; arguments narrow to matching files.
import process from "node:process";
import { ensureReady, handOver, toolPath } from "./setup.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

ensureReady();
ensureSystemPackages();
handOver(toolPath("vitest"), ["run", ...process.argv.slice(2)]);
