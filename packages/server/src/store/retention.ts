import { dropDay, dropParts } from "./drop-parts.ts";
import type { Engine } from "./engine.ts";
import { listDays, listParts, sumBytes, type StoredDay, type StoredPart } from "./stored-days.ts";

const dayMs = 86_400_000;

/** How long, and how much, the tables that belong together keep. Their partitions are days of receipt, UTC. */
export interface RetentionRule {
  readonly name: string;
  /** In the order a day is dropped in: what leads to another table's rows first. */
  readonly tables: readonly string[];
  /** Tables of which a piece of a day may go and leave the rest of use; of the others a day goes whole, with the last piece of it. */
  readonly divisible: readonly string[];
  /** Whole days of receipt that are kept beside today; null = for good. */
  readonly days: number | null;
  /** Most bytes on disk of the tables together; null = as many as there are. The newest part of each table stays whatever it takes. */
  readonly maxBytes: number | null;
}

/** A day of one table that was dropped, or the oldest pieces of one. */
export interface DroppedDay {
  readonly rule: string;
  readonly table: string;
  /** `2026-11-21` */
  readonly day: string;
  readonly bytes: number;
  readonly reason: "age" | "size";
  /** Data parts that are gone. */
  readonly parts: number;
  /** Where the rest of the day stays: what was received up to then is gone, ISO 8601. Null where the day is. */
  readonly until: string | null;
}

export interface RetentionOutcome {
  readonly dropped: readonly DroppedDay[];
  /** What the tables take after it. */
  readonly bytes: number;
  readonly oldestDay: string | null;
  /** When the oldest that is stored was received, ISO 8601. */
  readonly oldestAt: string | null;
}

/** A cut goes on to this share of the limit, so that the next one is not due with the next block. */
const cutToShare = 0.95;

/**
 * Drops the days that are older than the rule keeps; then, while the rest is over its size, the oldest: whole days, and of the day that
 * only has to go in part its oldest parts, today's too. Rows that are older by their own time but arrived lately stay.
 */
export async function applyRetention(
  engine: Engine,
  rule: RetentionRule,
  nowMs: number,
): Promise<RetentionOutcome> {
  const days = await listDays(engine, rule.tables);
  const dropped = await dropDays(engine, rule, { days, nowMs });
  // As it is now: what was dropped may have been less than was there, and what has come meanwhile counts.
  const left = dropped.length === 0 ? days : await listDays(engine, rule.tables);
  const oldest = left[0];
  return {
    dropped,
    bytes: sumBytes(left),
    oldestDay: oldest?.day ?? null,
    oldestAt: oldest?.oldestAt ?? null,
  };
}

async function dropDays(
  engine: Engine,
  rule: RetentionRule,
  { days, nowMs }: { days: readonly StoredDay[]; nowMs: number },
): Promise<DroppedDay[]> {
  const today = toDay(nowMs);
  const firstKept = rule.days === null ? "" : toDay(nowMs - rule.days * dayMs);
  const dropped: DroppedDay[] = [];
  let bytes = sumBytes(days);
  for (const day of days) {
    if (day.day >= firstKept && !isTooLarge(bytes, rule)) break;
    const ages = { isOld: day.day < firstKept, isClosed: day.day < today };
    const gone = await dropFrom(engine, rule, { day, ...ages, bytes });
    dropped.push(...gone);
    bytes -= sumBytes(gone);
    // What is still too much of a closed day is other shards' to cut.
    if (ages.isClosed && gone.some(({ until }) => until !== null)) break;
  }
  return dropped;
}

function isTooLarge(bytes: number, { maxBytes }: RetentionRule): boolean {
  return maxBytes !== null && bytes > maxBytes;
}

interface DayToDrop {
  readonly day: StoredDay;
  readonly isOld: boolean;
  /** False for today. */
  readonly isClosed: boolean;
  /** Of all days that are there. */
  readonly bytes: number;
}

/** Answers nothing where the day stays as it is. */
async function dropFrom(
  engine: Engine,
  rule: RetentionRule,
  { day, isOld, isClosed, bytes }: DayToDrop,
): Promise<DroppedDay[]> {
  if (isOld) return dropWhole(engine, rule, { day, reason: "age" });
  if (rule.maxBytes === null) return [];
  if (isClosed && bytes - day.bytes >= rule.maxBytes) return dropWhole(engine, rule, { day, reason: "size" });
  const excess = bytes - rule.maxBytes * cutToShare;
  const plan = await planCut(engine, rule, { day, excess, isClosed });
  if (plan === "whole") return dropWhole(engine, rule, { day, reason: "size" });
  return cutDay(engine, rule, { day, parts: plan });
}

async function dropWhole(
  engine: Engine,
  rule: RetentionRule,
  { day, reason }: { day: StoredDay; reason: DroppedDay["reason"] },
): Promise<DroppedDay[]> {
  const dropped: DroppedDay[] = [];
  for (const { name, bytes, parts } of day.tables) {
    await dropDay(engine, name, day.day);
    dropped.push({ rule: rule.name, table: name, day: day.day, bytes, reason, parts, until: null });
  }
  return dropped;
}

/** Chooses the oldest parts of a day of which so many bytes are too many, on a cluster the own shard's share of them. */
async function planCut(
  engine: Engine,
  rule: RetentionRule,
  { day, excess, isClosed }: { day: StoredDay; excess: number; isClosed: boolean },
): Promise<readonly StoredPart[] | "whole"> {
  const parts = await listParts(engine, rule.divisible, day.day);
  const total = day.tables
    .filter(({ name }) => rule.divisible.includes(name))
    .reduce((sum, { bytes }) => sum + bytes, 0);
  if (parts.length === 0 && total > 0) return []; // all of it is other shards'
  const share = total === 0 ? 0 : Math.min(1, sumBytes(parts) / total) * excess;
  const plan = chooseOldest(isClosed ? parts : withoutNewest(parts), share);
  const isAll = plan.length === parts.length;
  const isUndivided = withoutNewest(parts).length === 0;
  return isClosed && (isAll || isUndivided) ? "whole" : plan;
}

/** From the front, until they have the bytes. */
function chooseOldest(parts: readonly StoredPart[], bytes: number): StoredPart[] {
  let chosen = 0;
  return parts.filter((part) => {
    if (chosen >= bytes) return false;
    chosen += part.bytes;
    return true;
  });
}

/** The newest part of each table may be the only one that has what was just received. */
function withoutNewest(parts: readonly StoredPart[]): StoredPart[] {
  const newest = new Map(parts.map((part) => [part.table, part]));
  return parts.filter((part) => newest.get(part.table) !== part);
}

async function cutDay(
  engine: Engine,
  rule: RetentionRule,
  { day, parts }: { day: StoredDay; parts: readonly StoredPart[] },
): Promise<DroppedDay[]> {
  const dropped: DroppedDay[] = [];
  for (const table of rule.divisible) {
    const own = parts.filter((part) => part.table === table);
    if (own.length === 0) continue;
    const names = await dropParts(
      engine,
      table,
      own.map(({ name }) => name),
    );
    const gone = own.filter(({ name }) => names.has(name));
    const until = gone.at(-1)?.newestAt;
    if (until === undefined) continue;
    const bytes = sumBytes(gone);
    dropped.push({
      rule: rule.name,
      table,
      day: day.day,
      bytes,
      reason: "size",
      parts: gone.length,
      until,
    });
  }
  return dropped;
}

/** The day of a moment in UTC. */
function toDay(unixMs: number): string {
  return new Date(unixMs).toISOString().slice(0, 10);
}
