// What each key sent and what became of it. The number of series is bounded however many keys there are.
import { Gauge, type Registry } from "prom-client";
import type { Gate, KeyUsage } from "../keys/gate.ts";
import { signals } from "../spool/accounting.ts";
import { sumAccounts, type AccountView } from "../spool/accounts.ts";
import type { Spool } from "../spool/spool.ts";

/** So many keys have series of their own, those first that sent something first; all the others share one, `other`. */
const mostKeys = 100;
const other = { project: "other", key: "other" };

/** Adds the metrics of keys: their requests and bytes since the start, their items since the data directory began. */
export function addKeyMetrics(registry: Registry, { gate, spool }: { gate: Gate; spool: Spool }): void {
  addKeyUsage(registry, gate);
  addKeyItems(registry, spool);
}

function addKeyUsage(registry: Registry, gate: Gate): void {
  const labelNames = ["project", "key"];
  const requests = new Gauge({
    name: "spanlight_key_requests_total",
    help: "Requests that were let in with a key since the start, by the key's id",
    labelNames,
    registers: [registry],
    collect: () => listUsage(gate).forEach(({ labels, used }) => requests.set(labels, used.requests)),
  });
  const bytes = new Gauge({
    name: "spanlight_key_bytes_total",
    help: "Bytes of bodies that came with a key since the start, as they came over the wire",
    labelNames,
    registers: [registry],
    collect: () => listUsage(gate).forEach(({ labels, used }) => bytes.set(labels, used.bytes)),
  });
  const refused = new Gauge({
    name: "spanlight_key_requests_refused_total",
    help: "Requests that were turned away with a key since the start: forbidden, rate_limited, byte_limited",
    labelNames: [...labelNames, "reason"],
    registers: [registry],
    collect: () => {
      for (const { labels, used } of listUsage(gate)) {
        for (const [reason, count] of Object.entries(used.refused)) refused.set({ ...labels, reason }, count);
      }
    },
  });
}

type KeyLabels = typeof other;

function listUsage(gate: Gate): { labels: KeyLabels; used: Omit<KeyUsage, "project"> }[] {
  const all = [...gate.usage()];
  const own = all.slice(0, mostKeys).map(([key, used]) => ({ labels: { project: used.project, key }, used }));
  const rest = all.slice(mostKeys).map(([, used]) => used);
  return rest.length === 0 ? own : [...own, { labels: other, used: rest.reduce(addUsage) }];
}

function addUsage(left: KeyUsage, right: KeyUsage): KeyUsage {
  const refused = { ...left.refused };
  for (const [reason, count] of Object.entries(right.refused))
    refused[reason] = (refused[reason] ?? 0) + count;
  return {
    project: other.project,
    requests: left.requests + right.requests,
    bytes: left.bytes + right.bytes,
    refused,
  };
}

function addKeyItems(registry: Registry, spool: Spool): void {
  const items = new Gauge({
    name: "spanlight_key_items_total",
    help: "Items by the key they came with ('' = none): received = stored + rejected + duplicate + in_spool; unpriced and late are among stored and in_spool",
    labelNames: ["project", "key", "signal", "outcome", "reason"],
    registers: [registry],
    collect: () => {
      for (const [labels, counted] of listAccounts(spool)) {
        for (const sample of toSamples(counted)) items.set({ ...labels, ...sample.labels }, sample.value);
      }
    },
  });
}

type Counted = Pick<AccountView, "totals" | "inSpool">;

function listAccounts(spool: Spool): [KeyLabels, Counted][] {
  const { accounts } = spool.snapshot();
  const own = accounts
    .slice(0, mostKeys)
    .map((account): [KeyLabels, Counted] => [
      { project: account.project, key: account.keyId ?? "" },
      account,
    ]);
  const rest = accounts.slice(mostKeys);
  return rest.length === 0 ? own : [...own, [other, sumAccounts(rest)]];
}

interface Sample {
  readonly labels: { readonly signal: string; readonly outcome: string; readonly reason: string };
  readonly value: number;
}

/** Signals that a key never sent have no series. */
function toSamples({ totals, inSpool }: Counted): Sample[] {
  return signals.flatMap((signal) => {
    const { received, accepted, rejected, duplicates, unpriced, late } = totals[signal];
    if (received === 0) return [];
    const outcomes: [string, string, number][] = [
      ["received", "", received],
      ["stored", "", accepted - inSpool[signal]],
      ["duplicate", "", duplicates],
      ["in_spool", "", inSpool[signal]],
      ["unpriced", "", unpriced],
      ["late", "", late],
      ...Object.entries(rejected).map(([reason, count]): [string, string, number] => [
        "rejected",
        reason,
        count,
      ]),
    ];
    return outcomes.map(([outcome, reason, value]) => ({ labels: { signal, outcome, reason }, value }));
  });
}
