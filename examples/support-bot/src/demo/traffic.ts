import { setTimeout as delay } from "node:timers/promises";
import type { DemoRequest } from "./customers.ts";

/** Counts of what was sent so far. */
export interface TrafficCounts {
  sent: number;
  failed: number;
  /** Requests left out because too many were under way. */
  skipped: number;
}

export interface Traffic {
  readonly counts: Readonly<TrafficCounts>;
  /** Resolves when the traffic has ended and every request is answered. */
  readonly done: Promise<void>;
  stop(): void;
}

export interface TrafficOptions {
  readonly url: string;
  readonly next: () => DemoRequest;
  readonly requestsPerSecond: number;
  /** Ends after so many requests; Infinity = only by `stop()`. */
  readonly mostRequests: number;
}

/** More than this under way at once and the traffic waits: a slow provider must not fill the memory. */
const mostUnderWay = 24;

/** Sends requests at a steady rate, whatever the answers take. */
export function startTraffic(options: TrafficOptions): Traffic {
  const counts = { sent: 0, failed: 0, skipped: 0 };
  const ending = new AbortController();
  const underWay = new Set<Promise<void>>();
  const sendOne = async (): Promise<void> => {
    const isAnswered = await send(options.url, options.next());
    // What is cut off by the end of the demo has not failed.
    if (!isAnswered && !ending.signal.aborted) counts.failed += 1;
  };
  const run = async (): Promise<void> => {
    while (counts.sent < options.mostRequests && !ending.signal.aborted) {
      if (underWay.size < mostUnderWay) {
        counts.sent += 1;
        const request = sendOne().finally(() => underWay.delete(request));
        underWay.add(request);
      } else counts.skipped += 1;
      await delay(1000 / options.requestsPerSecond, undefined, { signal: ending.signal }).catch(
        () => undefined,
      );
    }
    await Promise.all(underWay);
  };
  return { counts, done: run(), stop: () => ending.abort() };
}

/** True when the answer came whole and with a status below 400. */
async function send(url: string, request: DemoRequest): Promise<boolean> {
  try {
    const response = await fetch(`${url}${request.path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request.body),
    });
    await response.text();
    return response.ok;
  } catch {
    return false;
  }
}
