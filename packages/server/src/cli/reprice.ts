import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { problemSchema, repriceJobSchema, type RepriceJob } from "@spanlight/contract";
import { parseDurationMs } from "@spanlight/promql";
import { readSettings } from "../config/config.ts";

const defaultUrl = "http://localhost:4318";
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

/** A time: ISO 8601, or how long ago it was. */
function readInstant(option: string, text: string, nowMs: number): string {
  const agoMs = parseDurationMs(text);
  if (typeof agoMs === "number") return new Date(nowMs - agoMs).toISOString();
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  throw new Error(
    `${option} is ${text}; give ISO 8601 such as 2026-11-01 or 2026-11-01T08:00:00Z, or how long ago (7d)`,
  );
}

async function ask(url: string, path: string, body?: object): Promise<RepriceJob> {
  const { api_key: key } = readSettings({ environment: process.env, flags: {} });
  const answer = await fetch(`${url.replace(/\/+$/, "")}${path}`, {
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    headers: {
      "content-type": "application/json",
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
  }).catch((cause: unknown) => {
    throw new Error(`No server answers on ${url}; start one with "spanlight serve" or name it with --url`, {
      cause,
    });
  });
  const text = await answer.text();
  const problem = answer.ok ? undefined : problemSchema.safeParse(toJson(text));
  if (problem?.success === true) throw new Error(problem.data.detail);
  const job = repriceJobSchema.safeParse(toJson(text));
  if (job.success) return job.data;
  throw new Error(`What answers on ${url} is not Spanlight; name the server with --url`, {
    cause: job.error,
  });
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // judged by who asked: it is not one of our answers
  }
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
