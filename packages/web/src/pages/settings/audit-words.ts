import type { AuditActor, AuditEntry } from "@spanlight/contract";

/** Who it was, in words. */
export function describeActor({ kind, name, keyId }: AuditActor): string {
  switch (kind) {
    case "key":
      return name === "" ? `key ${keyId ?? ""}` : name;
    case "nobody":
      return "without a key";
    case "owner":
      return name === "" ? "command line" : `${name}, command line`;
    case "server":
      return "the server";
  }
}

const VERBS: Readonly<Record<string, string>> = {
  "key.create": "made the key",
  "key.change": "changed the key",
  "key.revoke": "revoked the key",
  "project.create": "made the project",
  "audit.drop": "dropped the oldest of this log,",
  "session.start": "signed in with the key",
  "rule_file.create": "made the rule file",
  "rule_file.change": "changed the rule file",
  "rule_file.remove": "removed the rule file",
  "rules.load": "took over the",
  "silence.create": "made the silence",
  "silence.end": "ended the silence",
  "receiver.test": "sent a test to",
  "price.set": "set the price",
  "price.remove": "removed the price",
  "price_list.change": "took another version of the price",
  "reprice.preview": "previewed a recalculation of costs",
  "reprice.start": "recalculated costs",
  "backup.take": "took a backup to",
  "backup.fail": "failed to take a backup to",
  "backup.restore": "restored a backup to",
  "retention.drop": "dropped by retention",
};

/** What was done, to what. */
export function describeChange({ action, target }: Pick<AuditEntry, "action" | "target">): string {
  const verb = VERBS[action];
  if (verb === undefined) return action;
  return target === "" ? verb : `${verb} ${target}`;
}

/** What it was changed to, one value after the other; what is empty or not set is left out. */
export function describeDetail(detail: AuditEntry["detail"]): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${toWords(name)} ${toText(value)}`)
    .join(" · ");
}

/** `maxBytesPerSecond` → `max bytes per second` */
function toWords(name: string): string {
  return name.replaceAll(
    /([a-z])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
}

function toText(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join(", ");
  return typeof value === "number" ? value.toLocaleString("en-US") : JSON.stringify(value);
}
