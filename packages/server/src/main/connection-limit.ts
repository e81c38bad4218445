import { readFileSync } from "node:fs";

/** More than this many connections is never a crowd of senders. */
const mostConnections = 10_000;

/**
 * Connections that each door takes at a time where no setting says so: both doors together leave half of the process's file
 * descriptors to the store and the spool, which cannot do without.
 */
export function defaultMaxConnections(limits: string = readLimits()): number {
  const descriptors = countFileDescriptors(limits);
  return Math.max(16, Math.min(mostConnections, Math.floor(descriptors / 4)));
}

/** How many the process may have; infinite where the system does not say. */
export function countFileDescriptors(limits: string = readLimits()): number {
  return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
}

/** Empty where the system does not say. */
function readLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return "";
  }
}
