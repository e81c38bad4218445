// What each key sent and what became of it. The number of series is bounded however many keys there are.
import { Gauge, type Registry } from "prom-client";
import type { Gate, KeyUsage } from "../keys/gate.ts";
import { signals, type SignalTotals } from "../spool/accounting.ts";
import { sumAccounts, type AccountView } from "../spool/accounts.ts";
import type { Spool } from "../spool/spool.ts";
import { addCounter, type Count } from "./add-counter.ts";

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
  addCounter(registry, {
    name: "spanlight_key_requests_total",
    help: "Requests that were let in with a key since the start, by the key's id",
    labelNames,
    read: () => listUsage(gate).map(({ labels, used }) => ({ labels, value: used.requests })),
  });
  addCounter(registry, {
    name: "spanlight_key_bytes_total",
    help: "Bytes of bodies that came with a key since the start, as they came over the wire",
    labelNames,
    read: () => listUsage(gate).map(({ labels, used }) => ({ labels, value: used.bytes })),
  });
  addCounter(registry, {
    name: "spanlight_key_requests_refused_total",
    help: "Requests that were turned away with a key since the start: forbidden, rate_limited, byte_limited",
    labelNames: [...labelNames, "reason"],
    read: () =>
      listUsage(gate).flatMap(({ labels, used }) =>
        Object.entries(used.refused).map(([reason, value]) => ({ labels: { ...labels, reason }, value })),
      ),
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
  addCounter(registry, {
    name: "spanlight_key_items_total",
    help: "Items by the key they came with ('' = none): received = stored + rejected + duplicate + spanlight_key_spool_items; unpriced and late are among stored and those",
    labelNames: ["project", "key", "signal", "outcome", "reason"],
    read: () => listAccounts(spool).flatMap(([labels, counted]) => toCounts(labels, counted)),
  });
  const waiting = new Gauge({
    name: "spanlight_key_spool_items",
    help: "Accepted items that the store has not taken yet, by the key they came with ('' = none)",
    labelNames: ["project", "key", "signal"],
    registers: [registry],
    collect: () => {
      for (const [labels, { totals, inSpool }] of listAccounts(spool)) {
        for (const signal of signals)
          if (totals[signal].received > 0) waiting.set({ ...labels, signal }, inSpool[signal]);
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

/** Signals that a key never sent have no series. */
function toCounts(labels: KeyLabels, { totals, inSpool }: Counted): Count[] {
  return signals.flatMap((signal) => {
    const { received, unpriced, late } = totals[signal];
    if (received === 0) return [];
    const own = { ...labels, signal, reason: "" };
    return [
      ...listOutcomes(totals[signal], inSpool[signal], { ...labels, signal }),
      { labels: { ...own, outcome: "unpriced" }, value: unpriced },
      { labels: { ...own, outcome: "late" }, value: late },
    ];
  });
}

/** What became of the items of a signal; together with those in the spool they are all that were received. */
export function listOutcomes(totals: SignalTotals, inSpool: number, labels: Count["labels"]): Count[] {
  const { received, accepted, rejected, duplicates } = totals;
  const outcomes: [string, string, number][] = [
    ["received", "", received],
    ["stored", "", accepted - inSpool],
    ["duplicate", "", duplicates],
    ...Object.entries(rejected).map(([reason, items]): [string, string, number] => [
      "rejected",
      reason,
      items,
    ]),
  ];
  return outcomes.map(([outcome, reason, value]) => ({ labels: { ...labels, outcome, reason }, value }));
}
