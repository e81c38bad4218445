import type { Live } from "@spanlight/contract";
import { useEffect, useEffectEvent } from "react";
import { getJson } from "./request.ts";

/** Two changes are never told closer together than this: a busy server stores something all the time. */
const LEAST_GAP_MS = 700;
const AFTER_FAILURE_MS = 2_000;
const WAIT_MS = 25_000;

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, durationMs);
    signal.addEventListener("abort", done);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}

/** Waits at the server for something new until the signal is given; where it cannot, it tells a change now and then. */
async function listen(onChange: () => void, signal: AbortSignal): Promise<void> {
  let after: string | undefined;
  while (!signal.aborted) {
    let gapMs = LEAST_GAP_MS;
    try {
      const live: Live = await getJson<Live>("/api/live", { after, waitMs: WAIT_MS }, signal);
      if (live.changed) onChange();
      else if (after !== undefined) gapMs = 0;
      after = live.cursor;
    } catch {
      if (signal.aborted) return;
      gapMs = AFTER_FAILURE_MS;
      after = undefined;
      onChange();
    }
    await pause(gapMs, signal);
  }
}

/** Calls `onChange` soon after something new was stored, while `enabled` and while the page can be seen. */
export function useLive(enabled: boolean, onChange: () => void): void {
  const tell = useEffectEvent(onChange);
  useEffect(() => {
    if (!enabled) return;
    let controller: AbortController | null = null;
    const follow = () => {
      controller?.abort();
      controller = null;
      if (document.visibilityState === "hidden") return;
      controller = new AbortController();
      tell();
      void listen(() => tell(), controller.signal);
    };
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      controller?.abort();
    };
  }, [enabled]);
}
