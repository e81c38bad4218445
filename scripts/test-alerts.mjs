// npm run test:alerts: the demo with its faults on and off again, the rules as they are, and real receivers. About two hours;
// with --quick the same with shortened windows, in minutes.
import process from "node:process";
import { ensureReady, handOver, typescriptArguments } from "./setup.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

ensureReady();
ensureSystemPackages();
handOver(process.execPath, typescriptArguments("tests/alerts/run.ts", process.argv.slice(2)));
