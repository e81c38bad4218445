// What every command needs first: the right Node, the dependencies, the build. Plain JavaScript on
// built-in modules only, because it runs before anything is installed. Progress goes to stderr.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { bundleSdk } from "./bundle-sdk.mjs";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, ".cache", "build-stamp");
const nothingBuilt = "";

/** Ends the process with one clear sentence. */
export function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(
    `Spanlight needs Node 20.19 or newer, this is ${process.versions.node}: install a newer Node and run the command again.`,
  );
}

/** True when every package of the lock file is installed in its locked version. */
function isInstalled() {
  const installedFile = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installedFile)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedFile, "utf8")).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes("node_modules/") || entry.link || entry.optional || entry.peer) return true;
    return installed[path]?.version.replace(/^v/, "") === entry.version.replace(/^v/, "");
  });
}

function ensureInstalled() {
  if (isInstalled()) return;
  process.stderr.write("Installing dependencies (first time: about a minute) …\n");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  // Not `npm ci`: it refuses a lock file whose registry lacked a binary for some other platform.
  const done = spawnSync(npm, ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (done.status !== 0) {
    fail(
      "The dependencies could not be installed: npm's message stands above. Check the network and run the command again.",
    );
  }
}

function sourceFiles(directory) {
  const skipped = new Set(["node_modules", "dist", "public"]);
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name)) return [];
    const path = join(directory, entry.name);
    return entry.isDirectory() ? sourceFiles(path) : [path];
  });
}

function sourcesStamp() {
  const hash = createHash("sha256");
  const files = [
    ...sourceFiles(join(root, "packages")),
    join(root, "tsconfig.base.json"),
    join(root, "package-lock.json"),
  ];
  for (const file of files.toSorted((a, b) => (a < b ? -1 : 1))) {
    if (/\.test\.tsx?$/.test(file)) continue;
    const { mtimeMs, size } = statSync(file);
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest("hex");
}

function lastStamp() {
  return existsSync(stampFile) ? readFileSync(stampFile, "utf8") : nothingBuilt;
}

/** Compiles the packages and bundles the pages. */
export function build() {
  const stamp = sourcesStamp();
  process.stderr.write("Building …\n");
  runTool("tsc", ["-b"], "The packages could not be compiled: the messages stand above.");
  bundleSdk(root);
  runTool(
    "vite",
    ["build", "packages/web", "--logLevel", "warn"],
    "The pages could not be built: the messages stand above.",
  );
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
}

/** Installs what is missing. */
export function ensureDependencies() {
  requireNode();
  ensureInstalled();
}

/** Installs what is missing and builds what is stale. */
export function ensureReady() {
  ensureDependencies();
  if (lastStamp() !== sourcesStamp()) build();
}

/** The path of an installed command-line tool's JavaScript entry. */
export function toolPath(name) {
  return join(root, "node_modules", ".bin", name);
}

/** Runs an installed tool to its end, its output on stderr; a failure ends the process with `sentence`. */
export function runTool(name, args, sentence) {
  const done = spawnSync(toolPath(name), args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (done.status !== 0) fail(sentence);
}

/** Runs a command in the foreground with our own streams, passes signals on, and exits with its code. */
export function handOver(command, args, { env = {}, cwd = root } = {}) {
  const child = spawn(command, args, { cwd, stdio: "inherit", env: { ...process.env, ...env } });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`${command} cannot be started: ${error.message}`));
  child.on("exit", (code, signal) =>
    process.exit(signal === null ? (code ?? 1) : 128 + (signal === "SIGINT" ? 2 : 15)),
  );
}

/** Arguments that run a TypeScript file of this repository against the packages' sources. */
export function typescriptArguments(file, args) {
  return ["--conditions=@spanlight/source", "--import", "tsx", join(root, file), ...args];
}
