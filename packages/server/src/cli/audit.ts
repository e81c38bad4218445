import { parseArgs } from "node:util";
import { auditPath, listAudit } from "../audit/audit-file.ts";
import type { Actor, AuditEntry } from "../audit/entry.ts";
import { readSettings } from "../config/config.ts";
import { formatTable } from "./format-table.ts";

/** `audit`: who changed what in a data directory, the newest last. */
export async function audit(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: "string" },
      project: { type: "string" },
      limit: { type: "string", default: "100" },
      json: { type: "boolean", default: false },
    },
  });
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new Error(`--limit takes a whole number above 0, not "${values.limit}"`);
  }
  const flags: Record<string, string> = values.data === undefined ? {} : { data: values.data };
  const { data } = readSettings({ environment: process.env, flags });
  const { entries } = await listAudit(auditPath(data), { project: values.project, limit });
  const listed = entries.toReversed();
  if (values.json) return print(JSON.stringify(listed));
  print(formatTable([["time", "project", "who", "what", "detail"], ...listed.map(toCells)]));
}

function toCells({ time, project, actor, action, target, detail }: AuditEntry): string[] {
  const text = Object.keys(detail).length === 0 ? "" : JSON.stringify(detail);
  return [time, project, describeActor(actor), `${action} ${target}`, text];
}

function describeActor({ kind, name, keyId, address }: Actor): string {
  const who =
    kind === "key" ? `key ${keyId ?? ""}${name === "" ? "" : ` (${name})`}` : `${kind} ${name}`.trim();
  return address === null ? who : `${who} from ${address}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
