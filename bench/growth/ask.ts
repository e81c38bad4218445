import { setTimeout as delay } from "node:timers/promises";
import { round } from "../ingest/measure.ts";

/** How long the pages' questions take, in milliseconds. */
export interface Latencies {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export type Question = "home24h" | "home7d" | "list" | "listFiltered" | "trace";
export const questions: readonly Question[] = ["home24h", "home7d", "list", "listFiltered", "trace"];

const times = 20;
const pauseMs = 50;

/** Asks each question twenty times, after once that does not count. */
export async function measureQuestions(url: string): Promise<Record<Question, Latencies>> {
  const traceIds = await listTraceIds(url);
  const week = `from=${encodeURIComponent(new Date(Date.now() - 7 * 86_400_000).toISOString())}`;
  let next = 0;
  const paths: Record<Question, () => string> = {
    home24h: () => "/api/overview",
    home7d: () => `/api/overview?${week}&step=1h`,
    list: () => `/api/traces?limit=50&${week}`,
    listFiltered: () => `/api/traces?limit=50&${week}&model=gpt-4o&minDurationMs=2900`,
    trace: () => `/api/traces/${traceIds[next++ % traceIds.length] ?? ""}`,
  };
  const measured: Partial<Record<Question, Latencies>> = {};
  for (const question of questions) measured[question] = await measurePath(url, paths[question]);
  return measured as Record<Question, Latencies>; // every question was asked
}

async function measurePath(url: string, path: () => string): Promise<Latencies> {
  await ask(url, path());
  const tookMs: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const startedAt = performance.now();
    await ask(url, path());
    tookMs.push(performance.now() - startedAt);
    await delay(pauseMs);
  }
  const sorted = Float64Array.from(tookMs).sort();
  return { p50Ms: round(sorted[times / 2] ?? 0), p99Ms: round(sorted[times - 1] ?? 0) };
}

async function listTraceIds(url: string): Promise<string[]> {
  const week = new URLSearchParams({ from: String(Date.now() - 7 * 86_400_000), limit: "50" });
  const { items } = (await ask(url, `/api/traces?${week}`)) as { items: { traceId: string }[] }; // the contract's `traceListSchema`
  return items.map(({ traceId }) => traceId);
}

async function ask(url: string, path: string): Promise<unknown> {
  const answer = await fetch(`${url}${path}`);
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}
