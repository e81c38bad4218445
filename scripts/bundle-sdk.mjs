// The SDK's entry points as few files: an application loads four modules instead of a hundred and fifty (bench/sdk.ts, importMs).
import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const prefix = "./src/";

/** Bundles what `exports` of the SDK's package.json names into dist/bundle. Dependencies and what is loaded late stay apart. */
export function bundleSdk(root) {
  const directory = join(root, "packages", "sdk");
  const file = join(directory, "package.json");
  const { exports } = JSON.parse(readFileSync(file, "utf8"));
  const sources = Object.values(exports).map((entry) => entry["@spanlight/source"]);
  const outdir = join(directory, "dist", "bundle");
  rmSync(outdir, { recursive: true, force: true });
  createRequire(file)("esbuild").buildSync({
    absWorkingDir: directory,
    entryPoints: sources.map((source) => ({ in: source, out: source.slice(prefix.length, -".ts".length) })),
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    packages: "external",
    conditions: ["@spanlight/source"],
    logLevel: "warning",
  });
}
