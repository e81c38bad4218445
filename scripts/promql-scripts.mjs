// npm run promql:scripts -- FILE…: runs Prometheus test scripts against our evaluator.
import process from "node:process";
import { ensureDependencies, handOver, typescriptArguments } from "./setup.mjs";

ensureDependencies();
handOver(
  process.execPath,
  typescriptArguments("packages/promql/src/script/run-files.ts", process.argv.slice(2)),
);
