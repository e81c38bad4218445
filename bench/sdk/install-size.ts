import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/**
 * The bytes that installing these packages puts on disk: their own files and those of everything they need, once each. Peers
 * count too, unless they are optional. A package of this repository counts as what `npm pack` publishes of it.
 */
export function measureInstallBytes(names: readonly string[], from: string): number {
  const found = new Set<string>();
  const waiting = names.map((name) => resolvePackage(name, from));
  let bytes = 0;
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    if (found.has(directory)) continue;
    found.add(directory);
    const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
    bytes += isInstalled(directory) ? bytesOf(directory) : publishedBytes(directory);
    for (const name of neededBy(manifest)) waiting.push(resolvePackage(name, directory));
  }
  return bytes;
}

function neededBy({ dependencies, peerDependencies, peerDependenciesMeta }: Manifest): string[] {
  const peers = Object.keys(peerDependencies ?? {}).filter(
    (name) => peerDependenciesMeta?.[name]?.optional !== true,
  );
  return [...Object.keys(dependencies ?? {}), ...peers];
}

/** Where Node finds a package, from a directory upwards. */
function resolvePackage(name: string, from: string): string {
  for (let directory = from; ; directory = dirname(directory)) {
    const candidate = join(directory, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return realpathSync(candidate);
    if (dirname(directory) === directory) throw new Error(`${name} is not installed for ${from}`);
  }
}

function isInstalled(directory: string): boolean {
  return directory.includes(`${sep}node_modules${sep}`);
}

/** All files of an installed package; what is nested in its `node_modules` is found as a package of its own. */
function bytesOf(directory: string): number {
  return readdirSync(directory, { withFileTypes: true }).reduce((bytes, entry) => {
    if (entry.name === "node_modules") return bytes;
    const path = join(directory, entry.name);
    return bytes + (entry.isDirectory() ? bytesOf(path) : statSync(path).size);
  }, 0);
}

function publishedBytes(directory: string): number {
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--loglevel=silent"], {
    cwd: directory,
    encoding: "utf8",
  });
  const [packed] = JSON.parse(output) as { readonly unpackedSize: number }[];
  if (packed === undefined) throw new Error(`npm packs nothing of ${directory}`);
  return packed.unpackedSize;
}
