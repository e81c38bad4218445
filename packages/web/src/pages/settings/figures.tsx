import type { Durations } from "@spanlight/contract";
import { durationQuantity, NOT_KNOWN } from "../../lib/format.ts";
import styles from "./server.module.css";

/** A duration whose unit is lighter than its figure. */
export function DurationFigure({ durationMs }: { durationMs: number | null }) {
  if (durationMs === null) return NOT_KNOWN;
  const { value, unit } = durationQuantity(durationMs);
  return (
    <>
      {value} <span className={styles.unit}>{unit}</span>
    </>
  );
}

/** `p50 0.42 s · p95 0.91 s · p99 1.20 s, longest 1.31 s`. */
export function DurationFacts({ durations }: { durations: Durations }) {
  return (
    <>
      {(["p50", "p95", "p99"] as const).map((name) => (
        <span key={name} className={styles.percentile}>
          <span className={styles.unit}>{name}</span> <DurationFigure durationMs={durations[`${name}Ms`]} />
        </span>
      ))}
      <span className={styles.percentile}>
        <span className={styles.unit}>longest</span> <DurationFigure durationMs={durations.maxMs} />
      </span>
    </>
  );
}
