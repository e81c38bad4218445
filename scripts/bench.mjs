// npm run bench [name]: runs one benchmark, or lists them. The last line is one JSON object.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ensureReady, fail, handOver, root, typescriptArguments } from "./setup.mjs";

const names = readdirSync(join(root, "bench"))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3));
const [name, ...rest] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  fail(
    `${name === undefined ? "Name a benchmark" : `There is no benchmark "${name}"`}: npm run bench ${names.join(" | ")}`,
  );
}
ensureReady();
handOver(process.execPath, typescriptArguments(`bench/${name}.ts`, rest));
