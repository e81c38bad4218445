import { randomUUID } from "node:crypto";
import { checkMatcher, matchesAll, type LabelMatcher } from "./matcher.ts";

/** Alerts that nobody is told of for a while. Times in ms since the epoch. */
export interface Silence {
  readonly id: string;
  readonly matchers: readonly LabelMatcher[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly createdBy: string;
  readonly comment: string;
}

export interface Silences {
  /** Adds a silence. Throws `SilenceError` when it has no end or matches every alert, `MatcherError`. */
  add(silence: Omit<Silence, "id">): Silence;
  /** Ends a silence now; false when there is none of that id that has not ended. */
  expire(id: string, nowMs: number): boolean;
  list(): readonly Silence[];
  /** The silences in force for an alert. */
  findFor(labels: Readonly<Record<string, string>>, nowMs: number): readonly Silence[];
  /** Drops those that ended long ago. */
  prune(nowMs: number): void;
}

/** A silence that makes no sense. */
export class SilenceError extends Error {
  readonly code = "silence_invalid";
  override readonly name = "SilenceError";
}

/** Ended silences stay visible so long, as in Alertmanager. */
const RETENTION_MS = 120 * 60 * 60_000;

export function createSilences(earlier: readonly Silence[] = []): Silences {
  let silences = [...earlier];
  return {
    add(wanted) {
      if (!(wanted.endsAtMs > wanted.startsAtMs)) {
        throw new SilenceError("a silence must end after it starts");
      }
      wanted.matchers.forEach(checkMatcher);
      const isOpen = matchesAll(wanted.matchers, {});
      if (isOpen) throw new SilenceError("a silence needs a matcher that does not match the empty label");
      const silence = { ...wanted, id: randomUUID() };
      silences.push(silence);
      return silence;
    },
    expire(id, nowMs) {
      const found = silences.find((silence) => silence.id === id && silence.endsAtMs > nowMs);
      if (found === undefined) return false;
      const startsAtMs = Math.min(found.startsAtMs, nowMs);
      silences = silences.map((one) => (one === found ? { ...one, startsAtMs, endsAtMs: nowMs } : one));
      return true;
    },
    list: () => [...silences],
    findFor: (labels, nowMs) =>
      silences.filter(
        ({ matchers, startsAtMs, endsAtMs }) =>
          startsAtMs <= nowMs && nowMs < endsAtMs && matchesAll(matchers, labels),
      ),
    prune(nowMs) {
      silences = silences.filter(({ endsAtMs }) => endsAtMs + RETENTION_MS > nowMs);
    },
  };
}
