/** What a receiver was told last of a group: fingerprints of alerts, and when. */
export interface SentRecord {
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
  readonly sentAtMs: number;
}

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
  return last.sentAtMs + repeatIntervalMs <= nowMs;
}
