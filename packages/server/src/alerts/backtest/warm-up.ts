import { walk } from "@spanlight/promql";
import type { Rule } from "../rules/rule.ts";

const LOOKBACK_MS = 5 * 60_000;

/** How far an expression looks back by its windows and offsets, nested ones added up generously. */
function reachOf({ expression }: Rule): number {
  let totalMs = LOOKBACK_MS;
  let longestMs = 0;
  walk(expression, (node) => {
    if (node.kind === "subquery") totalMs += node.rangeMs + Math.max(0, node.offsetMs);
    if (node.kind === "matrix selector") longestMs = Math.max(longestMs, node.rangeMs);
    if (node.kind === "vector selector") longestMs = Math.max(longestMs, Math.max(0, node.offsetMs));
  });
  return totalMs + 2 * longestMs;
}

/**
 * How long before the time looked at rules are followed, so that `for` has passed and what
 * recording rules write is there from the start.
 */
export function warmUpMs(rules: readonly Rule[]): number {
  const longestFor = Math.max(
    0,
    ...rules.map((rule) => (rule.kind === "alerting" ? rule.forMs + rule.keepFiringForMs : 0)),
  );
  const records = rules.some(({ kind }) => kind === "recording");
  return longestFor + (records ? Math.max(0, ...rules.map(reachOf)) : LOOKBACK_MS);
}
