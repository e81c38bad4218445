import { Link } from "wouter";
import { Sparkline } from "../../components/chart/sparkline.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import { NOT_KNOWN } from "../../lib/format.ts";
import { AGAINST_NAMES } from "../../lib/time-range.ts";
import type { View } from "../../lib/view.ts";
import { listTiles } from "./signal-figures.ts";
import styles from "./signal-tiles.module.css";
import type { HomeFigures } from "./use-home.ts";

/** The four golden signals, each with its value, its change, the line of the compared range and what stands out. */
export function SignalTiles({ figures, view, stale }: { figures: HomeFigures; view: View; stale: boolean }) {
  const tiles = listTiles(figures, view);
  return (
    <ul className={joinClasses(styles.tiles, stale && styles.stale)} aria-label="Signals">
      {tiles.map((tile) => (
        <li key={tile.name} className={styles.item}>
          <Link href={tile.href} className={styles.tile}>
            <span className={styles.top}>
              <span className={styles.name}>{tile.name}</span>
              <span className={styles.note}>{tile.note}</span>
            </span>
            <span className={styles.figure}>
              <span className={styles.value}>{tile.value}</span>{" "}
              <span className={styles.unit}>{tile.unit}</span>
              {tile.change === null ? null : (
                <span
                  className={joinClasses(styles.change, tile.tone === "bad" && styles.bad)}
                  title={`against ${AGAINST_NAMES[view.against]}: ${tile.beforeValue ?? NOT_KNOWN}`}
                >
                  {tile.change}
                  <span className="visually-hidden"> against {AGAINST_NAMES[view.against]}</span>
                </span>
              )}
              {tile.since === null ? null : <span className={styles.since}> {tile.since}</span>}
            </span>
            <Sparkline
              values={tile.values}
              ghost={tile.ghost}
              colour={tile.tone === "bad" ? "var(--bad)" : "var(--text)"}
            />
            <span className={styles.foot}>{tile.foot}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** Holds the place of the tiles while they load. */
export function SignalTilesSkeleton() {
  return (
    <ul className={styles.tiles} aria-hidden="true">
      {["latency", "traffic", "errors", "tokens"].map((name) => (
        <li key={name} className={styles.item}>
          <div className={styles.tile}>
            <Skeleton height={20} width={110} />
            <Skeleton height={32} width={90} />
            <Skeleton height={36} />
            <Skeleton height={20} width={140} />
          </div>
        </li>
      ))}
    </ul>
  );
}
