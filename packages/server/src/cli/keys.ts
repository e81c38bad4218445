import { parseArgs } from "node:util";
import { auditCommand } from "../audit/command-line.ts";
import { readSettings } from "../config/config.ts";
import { changeKey, createKey, revokeKey, type KeyChange, type NewKey } from "../keys/change-keys.ts";
import { defaultProject, scopes, type Key, type Scope } from "../keys/key.ts";
import { readKeyFile } from "../keys/key-file.ts";
import { keyFilePath } from "../keys/open-access.ts";
import { makeWritableDirectory } from "../store/writable-directory.ts";
import { formatTable } from "./format-table.ts";

const usage =
  "Use: spanlight keys create [--project NAME] [--scopes ingest,read,admin] [--name TEXT], spanlight keys list, spanlight keys change ID [--name TEXT] [--max-requests-per-second N|none], spanlight keys revoke ID";

/** `keys create|list|change|revoke`: changes the file of keys in the data directory; a running server follows within a second or two. */
export async function keys(args: string[]): Promise<void> {
  const { values: flags, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      data: { type: "string" },
      project: { type: "string", default: defaultProject },
      scopes: { type: "string", default: "ingest,read" },
      name: { type: "string" },
      "max-requests-per-second": { type: "string" },
      "max-bytes-per-second": { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const [action = "", id, ...rest] = positionals;
  const given: Record<string, string> = flags.data === undefined ? {} : { data: flags.data };
  const { data, keys_file: named } = readSettings({ environment: process.env, flags: given });
  const place = { data, path: keyFilePath(data, named) };
  const actions = id === undefined ? wholeActions : keyActions;
  if (!Object.hasOwn(actions, action) || rest.length > 0) throw new Error(usage);
  if (action !== "list") makeWritableDirectory(data);
  await (id === undefined ? wholeActions[action]?.(place, flags) : keyActions[action]?.(id, place, flags));
}

interface Place {
  /** The data directory. */
  readonly data: string;
  /** The file of keys. */
  readonly path: string;
}

interface Flags {
  readonly project: string;
  readonly scopes: string;
  readonly name?: string | undefined;
  readonly "max-requests-per-second"?: string | undefined;
  readonly "max-bytes-per-second"?: string | undefined;
  readonly json: boolean;
}

const wholeActions: Readonly<Record<string, (place: Place, flags: Flags) => Promise<void>>> = {
  async create({ data, path }, flags) {
    const wanted: NewKey = {
      name: flags.name ?? "",
      project: flags.project,
      scopes: parseScopes(flags.scopes),
      maxRequestsPerSecond: parseLimit("--max-requests-per-second", flags["max-requests-per-second"]),
      maxBytesPerSecond: parseLimit("--max-bytes-per-second", flags["max-bytes-per-second"]),
    };
    const created = await createKey(path, wanted, Date.now());
    printCreated(created, flags.json);
    await auditCommand(data, toAudited("key.create", created.key));
  },
  async list({ path }, { json }) {
    printList(readKeyFile(path), json);
  },
};

/** What is done to one key, by its id. */
const keyActions: Readonly<Record<string, (id: string, place: Place, flags: Flags) => Promise<void>>> = {
  async change(id, { data, path }, flags) {
    const change = readChange(flags);
    const { project } = await changeKey(path, id, change);
    print(`${id} of the project ${project} is changed`);
    await auditCommand(data, { project, action: "key.change", target: id, detail: { ...change } });
  },
  async revoke(id, { data, path }) {
    const key = await revokeKey(path, id, Date.now());
    print(`${id} of the project ${key.project} is revoked`);
    await auditCommand(data, toAudited("key.revoke", key));
  },
};

function toAudited(
  action: string,
  { id, project, name, scopes: allowed, maxRequestsPerSecond, maxBytesPerSecond }: Key,
): Parameters<typeof auditCommand>[1] {
  const detail = { name, scopes: allowed, maxRequestsPerSecond, maxBytesPerSecond };
  return { project, action, target: id, detail };
}

function parseScopes(text: string): Scope[] {
  const wanted = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const unknown = wanted.find((part) => !scopes.some((scope) => scope === part));
  if (unknown !== undefined || wanted.length === 0) {
    throw new Error(`--scopes takes ${scopes.join(", ")}, separated by commas; "${unknown ?? text}" is none`);
  }
  return scopes.filter((scope) => wanted.includes(scope));
}

/** `none` takes a limit away. */
function readChange(flags: Flags): KeyChange {
  const read = (flag: "max-requests-per-second" | "max-bytes-per-second"): number | null =>
    flags[flag] === "none" ? null : parseLimit(`--${flag}`, flags[flag]);
  const change = {
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(flags["max-requests-per-second"] === undefined
      ? {}
      : { maxRequestsPerSecond: read("max-requests-per-second") }),
    ...(flags["max-bytes-per-second"] === undefined
      ? {}
      : { maxBytesPerSecond: read("max-bytes-per-second") }),
  };
  if (Object.keys(change).length === 0) throw new Error(usage);
  return change;
}

function parseLimit(flag: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const limit = Number(text);
  if (!Number.isFinite(limit) || limit <= 0) throw new Error(`${flag} takes a number above 0, not "${text}"`);
  return limit;
}

/** The key stands on the last line of stdout, alone, so that scripts can take it from there. */
function printCreated({ key, text }: { key: Key; text: string }, isJson: boolean): void {
  if (isJson) return print(JSON.stringify({ ...toShown(key), key: text }));
  process.stderr.write(
    `Key ${key.id} of the project ${key.project} (${key.scopes.join(", ")}). It is shown this once:\n`,
  );
  print(text);
}

function printList(found: readonly Key[], isJson: boolean): void {
  if (isJson) return print(JSON.stringify(found.map(toShown)));
  const rows = found.map((key) => [
    key.id,
    key.project,
    key.scopes.join(","),
    key.createdAt,
    key.revokedAt === null ? "in force" : `revoked ${key.revokedAt}`,
    key.name,
  ]);
  print(formatTable([["id", "project", "scopes", "created", "state", "name"], ...rows]));
}

function toShown({ hash: _hash, ...shown }: Key): Omit<Key, "hash"> {
  return shown;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
