import { userInfo } from "node:os";
import { appendAudit, auditPath } from "./audit-file.ts";
import type { Actor, AuditEntry } from "./entry.ts";

/** Writes down what a command did in a data directory. Throws AuditWriteError. */
export async function auditCommand(
  directory: string,
  what: Pick<AuditEntry, "project" | "action" | "target" | "detail">,
): Promise<void> {
  const entry = { time: new Date().toISOString(), ...what, actor: commandActor() };
  await appendAudit(auditPath(directory), entry);
}

/** Whoever runs the command. */
export function commandActor(): Actor {
  return { kind: "owner", name: readUserName(), keyId: null, address: null };
}

function readUserName(): string {
  try {
    return userInfo().username;
  } catch {
    return ""; // users of containers often have no name
  }
}
