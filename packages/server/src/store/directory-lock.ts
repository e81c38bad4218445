import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * The process that holds the engine's lock on a directory, or undefined.
 *
 * The engine locks its `status` file with flock, which the kernel drops with the process: unlike a pid file it cannot
 * be stale. Linux lists such locks by inode; elsewhere the answer is undefined and the engine's own refusal decides.
 */
export function findLockHolder(directory: string): number | undefined {
  try {
    const { ino } = statSync(join(directory, "status"));
    for (const line of readFileSync("/proc/locks", "utf8").split("\n")) {
      // "1: FLOCK  ADVISORY  WRITE 1234 08:02:393242 0 EOF"
      const fields = line.split(/\s+/);
      const pid = Number(fields[4]);
      const inode = Number(fields[5]?.split(":").at(-1));
      if (inode === ino && pid !== process.pid && Number.isInteger(pid)) return pid;
    }
  } catch {
    return undefined; // no directory yet, or no /proc on this system
  }
  return undefined;
}
