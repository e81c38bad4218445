/** What was said in a span, as it arrived: attribute key → text, structured values as JSON. Key `events` = the span's `gen_ai.*` events. */
export type ContentMap = Readonly<Record<string, string>>;

/** The value a text stands for: JSON where it is an object, an array or a quoted string, else the text itself. Never throws. */
export function parseText(text: string): unknown {
  const first = text.trimStart()[0];
  if (first !== "{" && first !== "[" && first !== '"') return text;
  if (isTooDeep(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // cut short or never JSON: shown as it is
  }
}

/** Nesting beyond what anybody writes: reading it level by level would run out of stack. */
const MAX_NESTING = 100;

function isTooDeep(text: string): boolean {
  let depth = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (isQuoted) {
      if (character === "\\") index += 1;
      else if (character === '"') isQuoted = false;
    } else if (character === '"') isQuoted = true;
    else if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") depth -= 1;
    if (depth > MAX_NESTING) return true;
  }
  return false;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value of the map, parsed; undefined where the key is not there or its text is empty. */
export function readValue(content: ContentMap, key: string): unknown {
  const text = Object.hasOwn(content, key) ? content[key] : undefined;
  return text === undefined || text === "" ? undefined : parseText(text);
}

export function toText(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(value) ?? "";
}

const MAX_DEPTH = 12;

/**
 * The keys below a prefix as nested values: `p.0.role`, `p.0.parts.1.text` → `[{ role, parts: [, { text }] }]` without the holes.
 * Undefined where there is no such key.
 */
export function unflatten(content: ContentMap, prefix: string): unknown {
  const root: Tree = new Map();
  for (const [key, text] of Object.entries(content)) {
    if (!key.startsWith(prefix)) continue;
    const path = key.slice(prefix.length).split(".");
    if (path.length <= MAX_DEPTH) insert(root, path, text);
  }
  return root.size === 0 ? undefined : toPlain(root);
}

type Tree = Map<string, Tree | string>;

function insert(root: Tree, path: readonly string[], text: string): void {
  let node = root;
  for (const segment of path.slice(0, -1)) {
    let child = node.get(segment);
    if (child === undefined || typeof child === "string") {
      child = new Map();
      node.set(segment, child);
    }
    node = child;
  }
  const last = path.at(-1) ?? "";
  if (!(node.get(last) instanceof Map)) node.set(last, text);
}

function toPlain(tree: Tree): unknown {
  const entries = [...tree].map(
    ([key, value]) => [key, typeof value === "string" ? value : toPlain(value)] as const,
  );
  if (!entries.every(([key]) => /^\d{1,9}$/.test(key))) return Object.fromEntries(entries);
  return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value);
}
