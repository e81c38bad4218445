import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { repriceJobSchema, type RepriceJob } from "@spanlight/contract";
import { askServer, defaultUrl } from "./ask-server.ts";
import { readInstant } from "./read-instant.ts";

const pauseMs = 500;

/** `reprice --from TIME [--to TIME] [--dry-run]`: has a running server recalculate stored costs by the prices of now, and waits. */
export async function reprice(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      url: { type: "string", default: defaultUrl },
      from: { type: "string" },
      to: { type: "string" },
      by: { type: "string", default: "command line" },
      "dry-run": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  if (values.from === undefined) {
    throw new Error(
      "Say from when on: spanlight reprice --from TIME [--to TIME] [--dry-run], TIME being 2026-11-01, 2026-11-01T08:00:00Z or 7d (ago)",
    );
  }
  const nowMs = Date.now();
  const order = {
    from: readInstant("--from", values.from, nowMs),
    to: values.to === undefined ? new Date(nowMs).toISOString() : readInstant("--to", values.to, nowMs),
    dryRun: values["dry-run"],
    by: values.by,
  };
  let job = await ask(values.url, "/api/reprice", order);
  while (job.state === "running") {
    await delay(pauseMs);
    job = await ask(values.url, `/api/reprice/${job.id}`);
  }
  process.stdout.write(`${values.json ? JSON.stringify(job) : describe(job)}\n`);
  if (job.state === "failed") process.exitCode = 1;
}

function ask(url: string, path: string, body?: object): Promise<RepriceJob> {
  return askServer(url, { path, body, schema: repriceJobSchema });
}

function describe(job: RepriceJob): string {
  if (job.state === "failed") return `failed: ${job.error ?? "unknown"}`;
  const days = job.days.map(
    (day) =>
      `${day.day}  ${day.spansChanged} of ${day.spansChecked} calls, ${toDollars(day.costBeforeUsd)} → ${toDollars(day.costAfterUsd)}`,
  );
  const verb = job.dryRun ? "would change" : "changed";
  return [
    ...days,
    `${verb} ${job.spansChanged} of ${job.spansChecked} calls: ${toDollars(job.costBeforeUsd)} → ${toDollars(job.costAfterUsd)}; ` +
      `without a price ${job.unpricedBefore} → ${job.unpricedAfter}`,
  ].join("\n");
}

function toDollars(costUsd: number): string {
  return `$${costUsd.toFixed(Math.abs(costUsd) < 1 ? 6 : 2)}`;
}
