import { parseInstant } from "../time.ts";

/** Where a page that is ordered by time ended: at the last row's time, after so many rows of that very time. */
export interface TimeCursor {
  readonly timeNs: bigint;
  readonly skip: number;
}

interface Timed {
  /** ISO 8601. */
  readonly time: string;
}

/** Unix nanoseconds before which the next page's rows lie, those of the last row's time included. */
export function endOfPage(cursor: TimeCursor | undefined, toNs: bigint): bigint {
  return cursor === undefined || cursor.timeNs >= toNs ? toNs : cursor.timeNs + 1n;
}

/** The rows without those that the page before had; rows of one time have to be in the order they had then. */
export function withoutSeen<Row extends Timed>(rows: readonly Row[], cursor: TimeCursor | undefined): Row[] {
  if (cursor === undefined) return [...rows];
  let seen = 0;
  return rows.filter((row) => {
    if (seen >= cursor.skip || parseInstant(row.time) !== cursor.timeNs) return true;
    seen += 1;
    return false;
  });
}

/** The cursor behind a page, as text. */
export function toNextCursor(page: readonly Timed[], before: TimeCursor | undefined): string | null {
  const last = page.at(-1);
  if (last === undefined) return null;
  const timeNs = parseInstant(last.time);
  const same = page.filter((row) => row.time === last.time).length;
  return `${timeNs}.${same + (before?.timeNs === timeNs ? before.skip : 0)}`;
}

/** Reads a cursor that a list gave; undefined for anything else. */
export function parseTimeCursor(text: string): TimeCursor | undefined {
  const match = /^(\d{1,19})\.(\d{1,6})$/.exec(text);
  return match === null ? undefined : { timeNs: BigInt(match[1] ?? 0), skip: Number(match[2]) };
}
