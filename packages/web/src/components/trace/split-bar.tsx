import { formatPercent } from "../../lib/format.ts";
import { TIME_SHARES, type TimeShare } from "../../lib/span-kind.ts";
import styles from "./split-bar.module.css";

/** Where the time went, as one bar in the colours of the kinds of work. */
export function SplitBar({ split, thin = false }: { split: Record<TimeShare, number>; thin?: boolean }) {
  const total = TIME_SHARES.reduce((sum, { share }) => sum + split[share], 0);
  const shares = TIME_SHARES.filter(({ share }) => split[share] > 0);
  const words = shares.map(({ share, name }) => `${name} ${formatPercent(split[share] / total)}`).join(", ");
  return (
    <span className={thin ? styles.thin : styles.bar} role="img" aria-label={words} title={words}>
      {shares.map(({ share, colour }) => (
        <span key={share} style={{ flexGrow: split[share] / total, background: colour }} />
      ))}
    </span>
  );
}
