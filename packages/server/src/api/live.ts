import { type Live, liveQuerySchema } from "@spanlight/contract";
import { Hono } from "hono";
import { parseQuery } from "./parameters.ts";

/** Tells waiting pages that something was stored. */
export interface LiveFeed {
  /** To be called after a block was stored and can be read. */
  notifyStored(): void;
  /** Resolves as soon as something was stored after `after`, or after the wait. */
  wait(after: string | undefined, wait: { ms: number; signal?: AbortSignal | undefined }): Promise<Live>;
  /** Lets everyone who waits go. */
  close(): void;
}

/** `startedAt` tells cursors of this run from those of an earlier one, which count as old. */
export function createLiveFeed(startedAt: string): LiveFeed {
  let stored = 0;
  let isClosed = false;
  const waiting = new Set<() => void>();
  const cursor = (): string => `${startedAt}.${stored}`;
  const wakeAll = (): void => {
    for (const wake of waiting) wake();
  };
  return {
    notifyStored() {
      stored += 1;
      wakeAll();
    },
    async wait(after, { ms, signal }) {
      if (after === undefined) return { cursor: cursor(), changed: false };
      if (after === cursor() && !isClosed && ms > 0) await waitFor(waiting, { ms, signal });
      return { cursor: cursor(), changed: after !== cursor() };
    },
    close() {
      isClosed = true;
      wakeAll();
    },
  };
}

function waitFor(
  waiting: Set<() => void>,
  { ms, signal }: { ms: number; signal?: AbortSignal | undefined },
): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      waiting.delete(wake);
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal?.addEventListener("abort", wake, { once: true });
    waiting.add(wake);
  });
}

/** `/api/live`: a long poll. */
export function createLiveRoutes(feed: LiveFeed): Hono {
  const routes = new Hono();
  routes.get("/", async (context) => {
    const { after, waitMs } = parseQuery(liveQuerySchema, context.req.url);
    return context.json(await feed.wait(after, { ms: waitMs, signal: context.req.raw.signal }));
  });
  return routes;
}
