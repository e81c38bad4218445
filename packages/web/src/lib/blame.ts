/** Whose error it is, as far as its type says. */
export type Blame = "limits" | "provider" | "network" | "request" | null;

const patterns: readonly [RegExp, Blame][] = [
  [/429|rate.?limit|quota|too.?many/i, "limits"],
  [/^5\d\d$|server.?error|overloaded|unavailable|timeout|timed.?out|gateway/i, "provider"],
  [/connection|econn|epipe|enotfound|eai_again|und_err|socket/i, "network"],
  [/^4\d\d$|bad.?request|invalid|auth|permission|not.?found|context.?length|content.?filter/i, "request"],
];

/** Reads whose fault an error of this type is; null where the type does not say. */
export function blameFor(errorType: string): Blame {
  return patterns.find(([pattern]) => pattern.test(errorType))?.[1] ?? null;
}
