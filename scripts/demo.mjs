// npm run demo: the server and a small support service that sends it traffic.
import process from "node:process";
import { ensureReady, handOver, typescriptArguments } from "./setup.mjs";

ensureReady();
handOver(process.execPath, typescriptArguments("examples/support-bot/src/demo.ts", process.argv.slice(2)));
