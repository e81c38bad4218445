import { useCallback, useSyncExternalStore } from "react";

const MINUTE_MS = 60_000;

/** The present step (a minute, unless told otherwise) in epoch milliseconds; what is drawn with it is drawn again when the step turns. */
export function useNow(stepMs: number = MINUTE_MS): number {
  const subscribe = useCallback(
    (onChange: () => void) => {
      const timer = setInterval(onChange, stepMs / 4);
      return () => clearInterval(timer);
    },
    [stepMs],
  );
  return useSyncExternalStore(subscribe, () => Math.floor(Date.now() / stepMs) * stepMs);
}
