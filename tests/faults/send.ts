import { request, type Agent } from "node:http";
import { createRequest, spansPerRequest } from "../kills/requests.ts";
import { attribute, double, field, fixed64, whole } from "./protobuf.ts";
import type { Signal } from "./accounting.ts";

/** How a body was answered; `gone`: not at all. */
export type Outcome = "stored" | "later" | "gone" | "refused";

export interface Answered {
  readonly outcome: Outcome;
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** From the first byte sent to the answer, in milliseconds. */
  readonly tookMs: number;
}

/** Items in one request of each signal. */
export const itemsPerRequest: Readonly<Record<Signal, number>> = {
  traces: spansPerRequest,
  metrics: 50,
  logs: 100,
};

/** Request `number` of a signal: no two are alike, and each holds `itemsPerRequest`. */
export function createBody(signal: Signal, number: number, seed: number): Buffer {
  if (signal === "traces") return createRequest(number, seed).bytes;
  return signal === "logs" ? createLogs(number) : createPoints(number);
}

function createLogs(number: number): Buffer {
  const records = Array.from({ length: itemsPerRequest.logs }, (_, place) =>
    field(
      2,
      Buffer.concat([
        fixed64(1, nowNs()),
        whole(2, 9),
        field(5, field(1, `record ${number}/${place}`)),
        attribute(6, "key", "value"),
      ]),
    ),
  );
  return inScope(records);
}

function createPoints(number: number): Buffer {
  const points = Array.from({ length: itemsPerRequest.metrics }, (_, place) =>
    field(1, Buffer.concat([attribute(7, "place", `${place}`), fixed64(3, nowNs()), double(4, number)])),
  );
  return inScope([field(2, Buffer.concat([field(1, "fault.points"), field(5, Buffer.concat(points))]))]);
}

function inScope(items: readonly Buffer[]): Buffer {
  const resource = field(1, attribute(1, "service.name", "fault-test"));
  return field(1, Buffer.concat([resource, field(2, Buffer.concat([...items]))]));
}

function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

/** Posts a body and says how it was answered. */
export function post(to: { url: string; agent?: Agent }, signal: Signal, body: Buffer): Promise<Answered> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const finish = (outcome: Outcome, status = 0, retryAfter?: string): void =>
      resolve({ outcome, status, retryAfter, tookMs: performance.now() - startedAt });
    const headers = { "content-type": "application/x-protobuf", "content-length": body.length };
    const outgoing = request(
      `${to.url}/v1/${signal}`,
      { method: "POST", headers, ...(to.agent === undefined ? {} : { agent: to.agent }) },
      (response) => {
        response.resume();
        response.on("error", () => finish("gone"));
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          finish(toOutcome(status), status, response.headers["retry-after"]);
        });
      },
    );
    outgoing.on("error", () => finish("gone"));
    outgoing.end(body);
  });
}

function toOutcome(status: number): Outcome {
  if (status === 200) return "stored";
  return status === 503 || status === 429 ? "later" : "refused";
}

/** Milliseconds at a share of sorted figures. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}
