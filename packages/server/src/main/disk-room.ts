import { statfsSync } from "node:fs";

/** The engine wants room for a block as it is in memory before it inserts it, and keeps what it has merged for some minutes. */
const roomPerWaitingByte = 2;
/** A look takes microseconds, but requests come by the thousand. */
const lookEveryMs = 250;

/**
 * Tells whether a disk has room to store what waits in its spool. Past it the spool and the store would fill the disk together, and
 * the store could never take what the spool has to give up.
 */
export function createDiskRoom(
  readFreeBytes: () => number,
  uptimeMs: () => number = () => performance.now(),
): (waitingBytes: number) => boolean {
  let freeBytes = Infinity;
  let lookedAtMs = -Infinity;
  return (waitingBytes) => {
    if (uptimeMs() - lookedAtMs >= lookEveryMs) {
      freeBytes = readFreeBytes();
      lookedAtMs = uptimeMs();
    }
    return waitingBytes === 0 || freeBytes >= waitingBytes * roomPerWaitingByte;
  };
}

/** Infinite where the system does not say. */
export function readFreeBytes(directory: string): number {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}
