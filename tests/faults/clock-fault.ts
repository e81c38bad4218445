import { checkIdentity, isAllStored, readAccounting } from "./accounting.ts";
import type { Fault } from "./finding.ts";
import { field, fixed64 } from "./protobuf.ts";
import { post } from "./send.ts";
import { eventually, startServer } from "./server.ts";

const dayNs = 86_400_000_000_000n;
const hourNs = dayNs / 24n;

/** How far senders' clocks are off, in nanoseconds. */
const skews: Readonly<Record<string, bigint>> = {
  none: 0n,
  "two hours behind": -2n * hourNs,
  "two hours ahead": 2n * hourNs,
  "a month behind": -30n * dayNs,
  "ten years ahead": 3650n * dayNs,
};

/** Senders whose clocks are wrong: their spans are stored, found by id and by their own time, and are in nobody else's figures. */
export const clock: Fault = async ({ launcher, directory }) => {
  const wrongs: string[] = [];
  const server = await startServer({ launcher, directory }, { SPANLIGHT_LOG_LEVEL: "error" });
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const entries = Object.entries(skews);
  for (const [index, [name, skewNs]] of entries.entries()) {
    const { outcome } = await post(server, "traces", createSpan(index + 1, nowNs + skewNs));
    if (outcome !== "stored") wrongs.push(`a sender whose clock is off (${name}): ${outcome}`);
  }
  // 1677 and 2554: what 64 bits of nanoseconds hold and the store's clock does not is refused, and told.
  const refused = await post(server, "traces", createSpan(99, 2n ** 64n - 1n));
  if (refused.outcome !== "stored") wrongs.push(`a time beyond 2262 was answered ${refused.status}`);
  if (!(await eventually(() => isAllStored(server.url), 30_000))) wrongs.push("30 s later not all is stored");
  wrongs.push(...(await checkIdentity(server.url)));
  const { traces } = await readAccounting(server.url);
  if (traces.stored !== entries.length || traces.rejected["invalid_time"] !== 1)
    wrongs.push(`stored ${traces.stored} of ${entries.length}, refused ${JSON.stringify(traces.rejected)}`);
  for (const [index, [name, skewNs]] of entries.entries()) {
    const found = await fetch(`${server.url}/api/traces/${toTraceId(index + 1)}`);
    if (found.status !== 200)
      wrongs.push(`the trace of a sender whose clock is off (${name}) is not found by its id`);
    const times = await listTraceIds(server.url, nowNs + skewNs);
    if (times.length !== 1 || times[0] !== toTraceId(index + 1))
      wrongs.push(`the hour of a sender whose clock is off (${name}) lists ${times.length} traces`);
  }
  await server.stop();
  return { wrongs, figures: { skews: entries.length, refused: traces.rejected["invalid_time"] ?? 0 } };
};

async function listTraceIds(url: string, aroundNs: bigint): Promise<string[]> {
  const at = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString();
  const query = new URLSearchParams({ from: at(aroundNs - hourNs / 2n), to: at(aroundNs + hourNs / 2n) });
  const answer = await fetch(`${url}/api/traces?${query}`);
  const { items } = (await answer.json()) as { items: { traceId: string }[] }; // the contract's `traceListSchema`
  return items.map(({ traceId }) => traceId);
}

function toTraceId(number: number): string {
  return number.toString(16).padStart(32, "0");
}

function createSpan(number: number, startNs: bigint): Buffer {
  const span = Buffer.concat([
    field(1, Buffer.from(toTraceId(number), "hex")),
    field(2, Buffer.from(toTraceId(number).slice(16), "hex")),
    field(5, "skewed"),
    fixed64(7, startNs),
    fixed64(8, startNs + 1_000_000n),
  ]);
  return field(1, field(2, field(2, span)));
}
