import { useSyncExternalStore } from "react";

const MINUTE_MS = 60_000;

function subscribe(onChange: () => void): () => void {
  const timer = setInterval(onChange, MINUTE_MS / 4);
  return () => clearInterval(timer);
}

function readMinute(): number {
  return Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
}

/** The present minute in epoch milliseconds; what is drawn with it is drawn again when the minute turns. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, readMinute);
}
