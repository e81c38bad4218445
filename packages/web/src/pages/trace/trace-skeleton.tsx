import { Skeleton } from "../../components/core/states.tsx";
import styles from "./trace-page.module.css";

const WIDTHS = [96, 30, 42, 38, 26, 44, 50, 30, 34, 60, 28];

/** Holds the places of a trace while it loads. */
export function TraceSkeleton() {
  return (
    <main id="content" className={styles.page} aria-busy="true">
      <div className={styles.factsPlaceholder}>
        <Skeleton height={36} width="min(560px, 70%)" />
        <Skeleton height={36} width={280} />
      </div>
      <div className={styles.panes}>
        <div className={styles.leftPlaceholder}>
          {WIDTHS.map((width) => (
            <Skeleton key={width} height={12} width={`${width}%`} />
          ))}
        </div>
        <div className={styles.rightPlaceholder}>
          <Skeleton height={20} width="60%" />
          <Skeleton height={80} />
          <Skeleton height={160} />
        </div>
      </div>
    </main>
  );
}
