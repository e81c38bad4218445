// npm run test:sdks: runs applications with the SDKs of other products against the server, those included that are too large to be
// installed with the repository (opik, Phoenix, Traceloop, OpenLIT: a hundred megabytes and more each, kept in .cache).
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ensureReady, fail, handOver, root, toolPath } from "./setup.mjs";

const packages = JSON.parse(readFileSync(join(root, "tests/foreign-sdks/packages.json"), "utf8"));

ensureReady();
for (const [name, dependencies] of Object.entries(packages)) install(name, dependencies);
handOver(toolPath("vitest"), ["run", "tests/foreign-sdks.test.ts", ...process.argv.slice(2)]);

function install(name, dependencies) {
  const directory = join(root, ".cache", "foreign-sdks", name);
  const manifest = `${JSON.stringify({ name, private: true, type: "module", dependencies }, null, 2)}\n`;
  const file = join(directory, "package.json");
  const isInstalled = existsSync(join(directory, "node_modules"));
  if (isInstalled && existsSync(file) && readFileSync(file, "utf8") === manifest) return;
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, manifest);
  process.stderr.write(`Installing ${name} into ${directory} …\n`);
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const done = spawnSync(npm, ["install", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: directory,
    stdio: ["ignore", 2, 2],
  });
  if (done.status !== 0) fail(`${name} could not be installed: npm's message stands above.`);
}
