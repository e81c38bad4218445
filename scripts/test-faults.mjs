// npm run test:faults: does to a server what happens to servers (kills, a full disk, flipped bits, 1 GB of garbage, …) and says what became of it.
import process from "node:process";
import { ensureReady, handOver, typescriptArguments } from "./setup.mjs";

ensureReady();
handOver(process.execPath, typescriptArguments("tests/faults/run.ts", process.argv.slice(2)));
