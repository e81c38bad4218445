// npm run test:sdk-nodes [20 22 24 26]: the SDK's tests on each Node it supports. The binaries are registry packages, kept in
// node_modules/.cache and no dependency of the project.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ensureReady, fail, root } from "./setup.mjs";

const supported = ["20", "22", "24", "26"];
const system = process.platform === "win32" ? "win" : process.platform;
const packageName = `node-${system}-${process.arch}`;

const wanted = process.argv.slice(2);
for (const major of wanted) {
  if (!supported.includes(major))
    fail(`The SDK is tested on Node ${supported.join(", ")}, not on "${major}".`);
}
ensureReady();
const failed = (wanted.length === 0 ? supported : wanted).filter((major) => !passesOn(major));
if (failed.length > 0) fail(`test:sdk-nodes: the SDK's tests fail on Node ${failed.join(", ")}.`);
process.stdout.write(
  `the SDK's tests pass on Node ${(wanted.length === 0 ? supported : wanted).join(", ")}\n`,
);

function passesOn(major) {
  const node = installNode(major);
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  process.stdout.write(`Node ${version}\n`);
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  return spawnSync(node, [vitest, "run", "packages/sdk"], { cwd: root, stdio: "inherit" }).status === 0;
}

/** The path of the binary of one major version; it is installed the first time. */
function installNode(major) {
  const directory = join(root, "node_modules", ".cache", "nodes", major);
  const bin = join(directory, "node_modules", packageName, "bin", system === "win" ? "node.exe" : "node");
  if (existsSync(bin)) return bin;
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "package.json"), `${JSON.stringify({ private: true })}\n`);
  process.stderr.write(`Installing Node ${major} …\n`);
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const install = ["install", "--no-audit", "--no-fund", "--loglevel=error", `${packageName}@${major}`];
  if (spawnSync(npm, install, { cwd: directory, stdio: ["ignore", 2, 2] }).status !== 0 || !existsSync(bin))
    fail(`Node ${major} cannot be installed as ${packageName}: npm's message stands above.`);
  return bin;
}
