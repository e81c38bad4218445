import type { ServerDisk } from "@spanlight/contract";
import { Badge } from "../../components/core/badge.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import { formatBytes, formatPercent } from "../../lib/format.ts";
import styles from "./server.module.css";
import { DISK_KINDS } from "./server-words.ts";

/** How full the disk of the data directory is, and what takes it. */
export function DiskPanel({ disk }: { disk: ServerDisk | null }) {
  return (
    <Panel
      title="Disk"
      aside={
        disk === null ? undefined : (
          <span className={styles.aside}>
            {disk.isBelowReserve ? <Badge tone="bad">below the reserve</Badge> : null}{" "}
            {formatBytes(disk.freeBytes)} free of {formatBytes(disk.totalBytes)}
          </span>
        )
      }
    >
      {disk === null ? (
        <div className={styles.loading}>
          <Skeleton height={230} />
        </div>
      ) : (
        <>
          <DiskBar disk={disk} />
          <DiskUse disk={disk} />
        </>
      )}
    </Panel>
  );
}

function sumUsed({ used }: ServerDisk): number {
  return used.reduce((sum, { bytes }) => sum + bytes, 0);
}

function DiskBar({ disk }: { disk: ServerDisk }) {
  const { totalBytes, freeBytes, reserveBytes, isBelowReserve } = disk;
  const own = Math.min(sumUsed(disk), totalBytes);
  // The file system keeps some for root: that is neither ours nor free.
  const others = Math.max(0, totalBytes - freeBytes - own);
  const widthOf = (bytes: number): string => `${totalBytes === 0 ? 0 : (bytes / totalBytes) * 100}%`;
  return (
    <div className={styles.disk}>
      <div className={styles.diskBar} aria-hidden="true">
        <span className={styles.own} style={{ width: widthOf(own) }} />
        <span className={styles.others} style={{ width: widthOf(others) }} />
        <span
          className={joinClasses(styles.reserve, isBelowReserve && styles.touched)}
          style={{ right: widthOf(reserveBytes) }}
        />
      </div>
      <p className={styles.legend}>
        <span>
          <i className={joinClasses(styles.swatch, styles.own)} /> Spanlight {formatBytes(own)}
        </span>
        <span>
          <i className={joinClasses(styles.swatch, styles.others)} /> others {formatBytes(others)}
        </span>
        <span title="With less free the health is degraded">
          <i className={joinClasses(styles.swatch, styles.reserve, isBelowReserve && styles.touched)} />{" "}
          reserve {formatBytes(reserveBytes)}
        </span>
      </p>
    </div>
  );
}

function DiskUse({ disk }: { disk: ServerDisk }) {
  const used = disk.used.filter(({ bytes }) => bytes > 0).toSorted((left, right) => right.bytes - left.bytes);
  const total = sumUsed(disk);
  const most = used[0]?.bytes ?? 0;
  return (
    <>
      {used.length === 0 ? (
        <p className={styles.empty}>Nothing is stored on it yet.</p>
      ) : (
        <table className={styles.uses}>
          <tbody>
            {used.map(({ kind, bytes }) => (
              <tr key={kind}>
                <th scope="row" title={DISK_KINDS[kind].hint}>
                  {DISK_KINDS[kind].name}
                </th>
                <td className={styles.share} aria-hidden="true">
                  <span style={{ width: `${(bytes / most) * 100}%` }} />
                </td>
                <td>{formatBytes(bytes)}</td>
                <td className={styles.unit}>{formatPercent(bytes / total)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {disk.isStoreRemote ? (
        <p className={styles.empty}>The tables are in ClickHouse, not on this disk.</p>
      ) : null}
    </>
  );
}
