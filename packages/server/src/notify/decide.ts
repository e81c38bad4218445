/** What a receiver was told last of a group: fingerprints of alerts, and when. */
export interface SentRecord {
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
  readonly sentAtMs: number;
  /** The process was killed before the receiver answered: most likely it was told, and soon it is reminded. */
  readonly isUnsure?: boolean | undefined;
}

/** A message that may not have arrived is repeated after this while its alerts fire, not only after the repeat interval. */
const UNSURE_REPEAT_MS = 120_000;

export interface DecideRequest {
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
  readonly last: SentRecord | null;
  readonly sendResolved: boolean;
  readonly repeatIntervalMs: number;
  readonly nowMs: number;
}

function isSubset(part: readonly string[], whole: readonly string[]): boolean {
  const known = new Set(whole);
  return part.every((one) => known.has(one));
}

/**
 * Whether a message is due: something new fires, something ended that was told of, or nothing
 * changed for the repeat interval. The rules are Alertmanager's.
 */
export function isMessageDue(request: DecideRequest): boolean {
  const { firing, resolved, last, sendResolved, repeatIntervalMs, nowMs } = request;
  if (last === null) return firing.length > 0;
  if (!isSubset(firing, last.firing)) return true;
  if (firing.length === 0) return sendResolved && last.firing.length > 0;
  if (sendResolved && !isSubset(resolved, last.resolved)) return true;
  const repeatMs = last.isUnsure === true ? Math.min(UNSURE_REPEAT_MS, repeatIntervalMs) : repeatIntervalMs;
  return last.sentAtMs + repeatMs <= nowMs;
}
