// npm run replay:providers -- DIR: replays recorded provider answers through the real clients and the SDK.
import process from "node:process";
import { ensureReady, handOver, typescriptArguments } from "./setup.mjs";

ensureReady();
handOver(
  process.execPath,
  typescriptArguments("examples/provider-replay/src/replay.ts", process.argv.slice(2)),
);
