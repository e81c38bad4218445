/** What a statement does, in words that are the same for all statements of its kind. */
export interface QuerySummary {
  /** The verb, as `SELECT`. */
  readonly operation: string;
  /** The tables it names, each once. */
  readonly tables: readonly string[];
  /** The verb and the first tables, as `SELECT spans contents`. */
  readonly summary: string;
}

/** More tables than this make no summary. */
const mostTables = 4;

/** Comments, and whatever is quoted: values and names that somebody else chose. */
const quoted =
  /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S])*"|`(?:[^`\\]|\\[\s\S])*`/g;
const name = /([a-z_]\w*(?:\.[a-z_]\w*)?)/.source;
/** A name before a parenthesis is a function's. */
const read = new RegExp(`\\b(?:FROM|JOIN)\\s+${name}(?!\\w|\\s*\\()`, "gi");
const written = new RegExp(`\\bINTO\\s+${name}`, "gi");
const changed = new RegExp(
  `\\b(?:TABLE|VIEW|DATABASE)\\s+(?:IF\\s+(?:NOT\\s+)?EXISTS\\s+)?(?!IF\\b)${name}`,
  "gi",
);
const defined = /\b([a-z_]\w*)\s+AS\s*\(/gi;

/** Reads the verb and the tables of a statement; nothing else of its text. */
export function summariseQuery(sql: string): QuerySummary {
  const bare = sql.replaceAll(quoted, " ");
  const verb = /[a-z]+/i.exec(bare)?.[0].toUpperCase() ?? "";
  const operation = verb === "WITH" ? "SELECT" : verb;
  const own = new Set([...bare.matchAll(defined)].map(([, name]) => name));
  const found = [...bare.matchAll(findNaming(operation)), ...bare.matchAll(read)]
    .map(([, table = ""]) => table)
    .filter((table) => !own.has(table));
  const tables = [...new Set(found)].slice(0, mostTables);
  return { operation, tables, summary: [operation, ...tables].join(" ") };
}

/** A column of the engine's own tables is called `table`. */
function findNaming(operation: string): RegExp {
  if (operation === "SELECT") return read;
  return operation === "INSERT" ? written : changed;
}
