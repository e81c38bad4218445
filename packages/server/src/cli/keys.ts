import { parseArgs } from "node:util";
import { auditCommand } from "../audit/command-line.ts";
import { readSettings } from "../config/config.ts";
import { createKey, revokeKey, type NewKey } from "../keys/change-keys.ts";
import { defaultProject, scopes, type Key, type Scope } from "../keys/key.ts";
import { readKeyFile } from "../keys/key-file.ts";
import { keyFilePath } from "../keys/open-access.ts";
import { formatTable } from "./format-table.ts";

const usage =
  "Use: spanlight keys create [--project NAME] [--scopes ingest,read,admin] [--name TEXT], spanlight keys list, spanlight keys revoke ID";

/** `keys create|list|revoke`: changes the file of keys in the data directory; a running server follows within a second or two. */
export async function keys(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      data: { type: "string" },
      project: { type: "string", default: defaultProject },
      scopes: { type: "string", default: "ingest,read" },
      name: { type: "string", default: "" },
      "max-requests-per-second": { type: "string" },
      "max-bytes-per-second": { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const [action, id, ...rest] = positionals;
  const flags: Record<string, string> = values.data === undefined ? {} : { data: values.data };
  const settings = readSettings({ environment: process.env, flags });
  const path = keyFilePath(settings.data, settings.keys_file);
  if (rest.length > 0 || (action !== "revoke" && id !== undefined)) throw new Error(usage);
  switch (action) {
    case "create": {
      const wanted: NewKey = {
        name: values.name,
        project: values.project,
        scopes: parseScopes(values.scopes),
        maxRequestsPerSecond: parseLimit("--max-requests-per-second", values["max-requests-per-second"]),
        maxBytesPerSecond: parseLimit("--max-bytes-per-second", values["max-bytes-per-second"]),
      };
      const created = await createKey(path, wanted, Date.now());
      printCreated(created, values.json);
      return auditCommand(settings.data, toAudited("key.create", created.key));
    }
    case "list":
      return printList(readKeyFile(path), values.json);
    case "revoke": {
      if (id === undefined) throw new Error(usage);
      const key = await revokeKey(path, id, Date.now());
      print(`${id} of the project ${key.project} is revoked`);
      return auditCommand(settings.data, toAudited("key.revoke", key));
    }
    default:
      throw new Error(usage);
  }
}

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
