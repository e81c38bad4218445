// npm run test:kills: kills the server with SIGKILL under load again and again and counts what it kept.
import process from "node:process";
import { ensureReady, handOver, typescriptArguments } from "./setup.mjs";

ensureReady();
handOver(process.execPath, typescriptArguments("tests/kills/run.ts", process.argv.slice(2)));
