// Which server writes under which number to a database that several share. Block numbers are what tells a repeated insert: under one
// number two servers would take each other's blocks for their own.
import { setTimeout as delay } from "node:timers/promises";
import type { Engine } from "./engine.ts";
import { WriterTakenError } from "./errors.ts";

export interface WriterClaimOptions {
  readonly engine: Engine;
  /** The number. */
  readonly writer: number;
  /** The data directory: whatever runs on it is one writer. */
  readonly instance: string;
  /** What people know the server by. */
  readonly host: string;
  /** A holder that was not seen for so long is gone. */
  readonly staleMs: number;
  /** How long to wait for a holder to stop or to be gone. */
  readonly waitMs: number;
  /** Time until every server, and every node of a cluster, sees what one has written. */
  readonly settleMs: number;
  /** Told once when there is something to wait for. */
  readonly onWaiting?: (holder: string) => void;
}

/** A number that is held. */
export interface WriterClaim {
  /** Says that it still is, and looks whether somebody else has taken it. */
  renew(): Promise<void>;
  /** True since a renewal that found the number in other hands: nothing may be inserted under it any more. */
  isLost(): boolean;
  /** Lets go of it, unless the signal fires before the store has heard of it: then it is free once it is stale. */
  release(signal?: AbortSignal): Promise<void>;
}

interface Holder {
  readonly instance: string;
  readonly host: string;
  /** Milliseconds ago, by the store's clock. */
  readonly sinceAgeMs: number;
  readonly seenAgeMs: number;
  readonly isReleased: boolean;
}

const retryEveryMs = 1000;

/** Takes the number. Throws WriterTakenError where another server holds it, or has held it since this data directory last did. */
export async function claimWriter(options: WriterClaimOptions): Promise<WriterClaim> {
  await untilFree(options);
  await writeFirstRow(options);
  const since = await readSince(options);
  const write = (released: 0 | 1, signal?: AbortSignal): Promise<void> =>
    writeRow(options, { since, released, signal });
  if (options.settleMs > 0) await delay(options.settleMs);
  const winner = await findWinner(options);
  if (winner !== undefined) {
    await write(1);
    throw toTaken(options, winner);
  }
  let isLost = false;
  return {
    async renew() {
      isLost = findSuccessor(options, await listHolders(options)) !== undefined;
      if (!isLost) await write(0);
    },
    isLost: () => isLost,
    release: (signal) => (isLost ? Promise.resolve() : write(1, signal)),
  };
}

async function untilFree(options: WriterClaimOptions): Promise<void> {
  const givesUpAt = performance.now() + options.waitMs;
  for (let tries = 0; ; tries += 1) {
    const holders = await listHolders(options);
    const successor = findSuccessor(options, holders);
    if (successor !== undefined) {
      throw new WriterTakenError(
        `the number SPANLIGHT_WRITER=${options.writer} was taken over by the server on ${successor.host}: start this data directory with a number of its own`,
      );
    }
    const holder = holders.find((other) => other.instance !== options.instance && isAlive(other, options));
    if (holder === undefined) return;
    if (performance.now() >= givesUpAt) throw toTaken(options, holder);
    if (tries === 0) options.onWaiting?.(holder.host);
    await delay(retryEveryMs);
  }
}

function toTaken({ writer, staleMs }: WriterClaimOptions, { host }: Holder): WriterTakenError {
  return new WriterTakenError(
    `another server, on ${host}, writes to this database as SPANLIGHT_WRITER=${writer}: give each server a number of its own; ` +
      `one that was killed frees its number after ${Math.ceil(staleMs / 1000)} s`,
  );
}

function isAlive({ isReleased, seenAgeMs }: Holder, { staleMs }: WriterClaimOptions): boolean {
  return !isReleased && seenAgeMs < staleMs;
}

/** Of those who took it at the same moment, the first. */
async function findWinner(options: WriterClaimOptions): Promise<Holder | undefined> {
  const holders = await listHolders(options);
  const own = holders.find(({ instance }) => instance === options.instance);
  return holders.find(
    (other) =>
      other.instance !== options.instance &&
      isAlive(other, options) &&
      own !== undefined &&
      (other.sinceAgeMs - own.sinceAgeMs || own.instance.localeCompare(other.instance)) > 0,
  );
}

/** Who has taken the number after this data directory was last seen to hold it. */
function findSuccessor(
  options: Pick<WriterClaimOptions, "instance">,
  holders: readonly Holder[],
): Holder | undefined {
  const own = holders.find(({ instance }) => instance === options.instance);
  if (own === undefined) return undefined;
  return holders.find(
    ({ instance, sinceAgeMs }) => instance !== options.instance && sinceAgeMs < own.seenAgeMs,
  );
}

async function listHolders({ engine, writer }: WriterClaimOptions): Promise<Holder[]> {
  const rows = await engine.query<Record<"instance" | "host" | "sinceAge" | "seenAge" | "released", string>>({
    sql: `SELECT instance, argMax(host, seen_at) AS host, toString(argMax(released, seen_at)) AS released,
  toString(dateDiff('millisecond', argMax(since, seen_at), now64(3, 'UTC'))) AS sinceAge,
  toString(dateDiff('millisecond', max(seen_at), now64(3, 'UTC'))) AS seenAge
FROM writer_claims WHERE writer = {writer:UInt16} GROUP BY instance ORDER BY instance`,
    parameters: { writer },
  });
  return rows.map(({ instance, host, sinceAge, seenAge, released }) => ({
    instance,
    host,
    sinceAgeMs: Number(sinceAge),
    seenAgeMs: Number(seenAge),
    isReleased: released === "1",
  }));
}

/** Begins to hold the number at the moment of the insert, by the store's clock: servers need not agree on the time. */
function writeFirstRow({ engine, writer, instance, host }: WriterClaimOptions): Promise<void> {
  return engine.command(
    `INSERT INTO writer_claims (writer, instance, host, since, seen_at, released)
SELECT {writer:UInt16}, {instance:String}, {host:String}, now64(3, 'UTC'), now64(3, 'UTC'), 0`,
    { writer, instance, host },
  );
}

/** Unix milliseconds. */
async function readSince({ engine, writer, instance }: WriterClaimOptions): Promise<bigint> {
  const [row] = await engine.query<{ since: string }>({
    sql: `SELECT toString(toUnixTimestamp64Milli(max(since))) AS since FROM writer_claims
WHERE writer = {writer:UInt16} AND instance = {instance:String}`,
    parameters: { writer, instance },
  });
  return BigInt(row?.since ?? 0);
}

function writeRow(
  { engine, writer, instance, host }: WriterClaimOptions,
  row: { since: bigint; released: 0 | 1; signal: AbortSignal | undefined },
): Promise<void> {
  const { since, released, signal } = row;
  return engine.command(
    `INSERT INTO writer_claims (writer, instance, host, since, seen_at, released)
SELECT {writer:UInt16}, {instance:String}, {host:String}, fromUnixTimestamp64Milli({since:Int64}, 'UTC'), now64(3, 'UTC'), {released:UInt8}`,
    { writer, instance, host, since, released },
    signal,
  );
}
