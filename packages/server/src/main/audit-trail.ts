// Who changed what: written to the data directory, told to the project it belongs to.
import type { IncomingMessage } from "node:http";
import type { AuditList, AuditListQuery } from "@spanlight/contract";
import type { Change } from "../api/record-change.ts";
import { appendAudit, auditPath, listAudit } from "../audit/audit-file.ts";
import { commandActor } from "../audit/command-line.ts";
import { serverActor, type Actor } from "../audit/entry.ts";
import type { Caller } from "../keys/identify.ts";
import { defaultProject } from "../keys/key.ts";
import type { Log } from "../spool/inserter.ts";

export interface AuditTrail {
  /** Resolves when it is on disk. Never rejects: what cannot be written down there goes to the log. */
  record(project: string, actor: Actor, change: Change): Promise<void>;
  /** The same of what the server does by itself, to everybody's data: told to the default project. */
  recordOwn(change: Change): void;
  list(project: string, question: AuditListQuery): Promise<AuditList>;
}

export interface AuditTrailOptions {
  /** The data directory. */
  readonly data: string;
  readonly log: Log;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export function createAuditTrail({ data, log, now }: AuditTrailOptions): AuditTrail {
  const path = auditPath(data);
  /** One at a time, in the order in which it was done. */
  let last: Promise<void> = Promise.resolve();
  function record(project: string, actor: Actor, { action, target, detail = {} }: Change): Promise<void> {
    const time = new Date(now()).toISOString();
    const entry = { time, project, actor, action, target, detail: { ...detail } };
    last = last
      .then(() => appendAudit(path, entry))
      .catch((error: unknown) => log("error", "audit entry not written", { ...entry, error: String(error) }));
    return last;
  }

  return {
    record,
    recordOwn: (change) => void record(defaultProject, serverActor, change), // never rejects
    async list(project, { limit, cursor }) {
      const before = cursor === undefined ? undefined : Number(cursor);
      const { entries, next } = await listAudit(path, { project, limit, before });
      const items = entries.map(({ project: _project, ...entry }) => entry);
      return { items, nextCursor: next === null ? null : String(next) };
    },
  };
}

/** Who sends a request. */
export function toActor(caller: Caller, incoming: IncomingMessage, isBehindProxy: boolean): Actor {
  const address = readAddress(incoming, isBehindProxy);
  if (caller.isOperator) return { ...commandActor(), address };
  const { key } = caller;
  return key === null
    ? { kind: "nobody", name: "", keyId: null, address }
    : { kind: "key", name: key.name, keyId: key.id, address };
}

/** The proxy in front adds the address it was reached from to what it was told; whatever stands before it anybody can write. */
function readAddress({ headers, socket }: IncomingMessage, isBehindProxy: boolean): string | null {
  const forwarded = isBehindProxy ? String(headers["x-forwarded-for"] ?? "") : "";
  const [last = ""] = forwarded.split(",").slice(-1);
  return last.trim() || (socket.remoteAddress ?? null);
}
