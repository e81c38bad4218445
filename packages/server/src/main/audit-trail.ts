// Who changed what: written to the data directory, told to the project it belongs to.
import type { IncomingMessage } from "node:http";
import { basename } from "node:path";
import type { AuditList, AuditListQuery } from "@spanlight/contract";
import type { Change } from "../api/record-change.ts";
import { appendAudit, auditPath, listAudit, type AuditPlace } from "../audit/audit-file.ts";
import { beginNewFile, dropFile, findSurplus, readContent, toAuditLimits } from "../audit/audit-files.ts";
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
  /** Does the work while nothing is written: entries wait for it. */
  hold<Result>(work: () => Promise<Result>): Promise<Result>;
}

export interface AuditTrailOptions {
  /** The data directory. */
  readonly data: string;
  /** Most bytes of all files; past them the oldest one is dropped. */
  readonly maxBytes: number;
  readonly log: Log;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export function createAuditTrail({ data, maxBytes, log, now }: AuditTrailOptions): AuditTrail {
  const path = auditPath(data);
  const limits = toAuditLimits(maxBytes);
  /** One at a time, in the order in which it was done. */
  let last: Promise<void> = Promise.resolve();
  function record(project: string, actor: Actor, { action, target, detail = {} }: Change): Promise<void> {
    const time = new Date(now()).toISOString();
    const entry = { time, project, actor, action, target, detail: { ...detail } };
    const failed = (error: unknown): void =>
      log("error", "audit entry not written", { ...entry, error: String(error) });
    last = last
      .then(() => appendAudit(path, entry))
      .then(bound, failed)
      .catch((error: unknown) => log("error", "audit files not bounded", { path, error: String(error) }));
    return last;
  }

  /** What is dropped is written down before it is: a kill between the two leaves an entry too many, never one too few. */
  async function bound(): Promise<void> {
    if (!(await beginNewFile(path, limits))) return;
    for (const file of await findSurplus(path, limits)) {
      const detail = { ...(await readContent(file.path)) };
      const time = new Date(now()).toISOString();
      const what = { action: "audit.drop", target: basename(file.path), detail };
      await appendAudit(path, { time, project: defaultProject, actor: serverActor, ...what });
      await dropFile(file);
      log("warn", "oldest audit entries dropped", { file: file.path, ...detail });
    }
  }

  return {
    record,
    recordOwn: (change) => void record(defaultProject, serverActor, change), // never rejects
    async list(project, { limit, cursor }) {
      const { entries, next } = await listAudit(path, { project, limit, before: parseCursor(cursor) });
      const items = entries.map(({ project: _project, ...entry }) => entry);
      return { items, nextCursor: next === null ? null : `${next.file}-${next.offset}` };
    },
    hold(work) {
      const done = last.then(work);
      last = done.then(
        () => undefined,
        () => undefined, // told to whoever gave the work
      );
      return done;
    },
  };
}

function parseCursor(cursor: string | undefined): AuditPlace | undefined {
  if (cursor === undefined) return undefined;
  const [file = 0, offset = 0] = cursor.split("-").map(Number);
  return { file, offset };
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
