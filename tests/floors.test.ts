import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");

/** Which of our packages a package may import. The same table stands in ARCHITECTURE.md. */
const packages: Readonly<Record<string, readonly string[]>> = {
  conventions: [],
  prices: [],
  contract: [],
  promql: [],
  sdk: ["conventions", "prices"],
  server: ["conventions", "prices", "contract", "promql"],
  web: ["contract"],
};

/** Which rooms of the server a room may import. The same table stands in ARCHITECTURE.md. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  main: [
    "alerts",
    "api",
    "audit",
    "backup",
    "config",
    "costs",
    "ingest",
    "keys",
    "notify",
    "price",
    "query",
    "receive",
    "self",
    "spool",
    "store",
  ],
  cli: ["alerts", "audit", "backup", "config", "keys", "main", "self", "spool", "store"],
  config: [],
  receive: ["decode", "ingest", "keys", "spool"],
  keys: [],
  audit: [],
  backup: ["store"],
  decode: [],
  columns: [],
  costs: ["normalise", "price", "store"],
  normalise: ["columns", "decode"],
  price: [],
  ingest: ["columns", "decode", "normalise", "price", "spool"],
  spool: ["store"],
  store: [],
  messages: [],
  query: ["messages", "normalise", "store"],
  alerts: [],
  notify: [],
  api: ["query"],
  self: ["keys", "spool", "store"],
};

const packageNames: Readonly<Record<string, string>> = {
  "@spanlight/conventions": "conventions",
  "@spanlight/prices": "prices",
  "@spanlight/contract": "contract",
  "@spanlight/promql": "promql",
  "@spanlight/sdk": "sdk",
  "@spanlight/web": "web",
  spanlight: "server",
};

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !/\.(test|fixture)\.tsx?$/.test(name))
    .map((name) => join(directory, name));
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const statements =
    /(?:^|\n)(?:import|export)\s[^"';]*?from\s+["']([^"']+)["']|(?:^|\n)import\s+["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g;
  return [...text.matchAll(statements)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

/** Every import that crosses a wall the table does not open, as `file → target`. */
function findBreaks(
  directory: string,
  roomOf: (file: string, target: string) => [string, string] | undefined,
  table: typeof rooms,
): string[] {
  const breaks: string[] = [];
  for (const file of sourceFiles(directory)) {
    for (const target of importsOf(file)) {
      const crossing = roomOf(file, target);
      if (crossing === undefined || crossing[0] === crossing[1]) continue;
      if (table[crossing[0]]?.includes(crossing[1]) !== true)
        breaks.push(`${relative(root, file)} → ${target}`);
    }
  }
  return breaks;
}

describe("the floors", () => {
  for (const name of Object.keys(packages)) {
    it(`packages/${name} imports only what lies below it`, () => {
      const source = join(root, "packages", name, "src");
      const crossing = (file: string, target: string): [string, string] | undefined => {
        const imported =
          packageNames[
            target
              .split("/")
              .slice(0, target.startsWith("@") ? 2 : 1)
              .join("/")
          ];
        if (imported !== undefined) return [name, imported];
        const isOutside =
          target.startsWith(".") && relative(source, resolve(dirname(file), target)).startsWith("..");
        return isOutside ? [name, "outside"] : undefined;
      };
      const allowed = { [name]: packages[name] ?? [] };
      expect(findBreaks(source, crossing, allowed)).toEqual([]);
    });
  }

  it("every room of the server is in the table", () => {
    const found = readdirSync(join(root, "packages/server/src"), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(found.map((entry) => entry.name).toSorted()).toEqual(Object.keys(rooms).toSorted());
  });

  it("the rooms of the server import only what the table allows", () => {
    const source = join(root, "packages/server/src");
    const roomOf = (path: string): string => relative(source, path).split("/")[0] ?? "";
    const crossing = (file: string, target: string): [string, string] | undefined => {
      if (!target.startsWith(".") || relative(source, file).startsWith("index.ts")) return undefined;
      return [roomOf(file), roomOf(resolve(dirname(file), target))];
    };
    expect(findBreaks(source, crossing, rooms)).toEqual([]);
  });

  it("the rooms' table in ARCHITECTURE.md is this one", () => {
    const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
    for (const [room, allowed] of Object.entries(rooms)) {
      const cell = allowed.length === 0 ? "–" : allowed.toSorted().join(", ");
      expect(text, `row of ${room}`).toMatch(new RegExp(`^\\| \`${room}\` +\\|.*\\| ${cell} +\\|$`, "m"));
    }
  });

  it("notices a wall that is crossed", () => {
    const crossing = (): [string, string] => ["store", "price"];
    expect(findBreaks(join(root, "packages/server/src/store"), crossing, rooms).length).toBeGreaterThan(0);
  });
});
