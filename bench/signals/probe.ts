import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { writeAttribute, writeField, writeFixed64Field } from "../ingest/protobuf-writer.ts";
import { post } from "./load.ts";
import type { SignalName } from "./prepared-signals.ts";

const pollMs = 20;
const pauseMs = 400;

/** Sends marked items beside the load and measures, for each, the milliseconds from its acknowledgement until a query finds it. */
export async function measureFreshness(url: string, signal: SignalName, end: AbortSignal): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const tookMs: number[] = [];
  for (let number = 1; !end.aborted; number += 1) {
    const mark = `probe-${Date.now()}-${number}`;
    await post(`${url}/v1/${signal}`, agent, signal === "logs" ? createLog(mark) : createPoint(mark));
    const acknowledgedMs = performance.now();
    while (!(await isFound(url, signal, mark))) await delay(pollMs);
    tookMs.push(performance.now() - acknowledgedMs);
    await delay(pauseMs);
  }
  agent.destroy();
  return tookMs;
}

async function isFound(url: string, signal: SignalName, mark: string): Promise<boolean> {
  if (signal === "logs") {
    const query = new URLSearchParams({ service: mark, limit: "1", from: String(Date.now() - 600_000) });
    const answer = await fetch(`${url}/api/logs?${query}`);
    const { items } = (await answer.json()) as { items: unknown[] }; // the contract's `logListSchema`
    return items.length > 0;
  }
  const query = new URLSearchParams({ query: `bench_probe{mark="${mark}"}` });
  const answer = await fetch(`${url}/prometheus/api/v1/query?${query}`);
  const { data } = (await answer.json()) as { data: { result: unknown[] } }; // Prometheus' own form
  return data.result.length > 0;
}

function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

function createLog(mark: string): Buffer {
  const record = Buffer.concat([writeFixed64Field(1, nowNs()), writeField(5, writeField(1, "probe"))]);
  const resource = writeField(1, writeAttribute(1, "service.name", mark));
  return writeField(1, Buffer.concat([resource, writeField(2, writeField(2, record))]));
}

function createPoint(mark: string): Buffer {
  const value = Buffer.alloc(8);
  value.writeDoubleLE(1);
  const point = Buffer.concat([
    writeAttribute(7, "mark", mark),
    writeFixed64Field(3, nowNs()),
    Buffer.concat([Buffer.from([4 * 8 + 1]), value]),
  ]);
  const metric = Buffer.concat([writeField(1, "bench.probe"), writeField(5, writeField(1, point))]);
  return writeField(1, writeField(2, writeField(2, metric)));
}
