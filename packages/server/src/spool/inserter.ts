import type { Engine } from "../store/engine.ts";
import { dataFile } from "./segment-files.ts";

/** A segment that is complete on disk and waits for the store. */
export interface SealedSegment {
  readonly block: number;
  readonly tables: readonly string[];
  /** Unix milliseconds of the seal: one per block, so that it falls into one partition. */
  readonly receivedAtMs: number;
}

/** Structured log lines: an event's name and its fields. Never content. */
export type Log = (
  level: "debug" | "info" | "warn" | "error",
  message: string,
  fields?: Record<string, unknown>,
) => void;

export interface InserterOptions {
  readonly directory: string;
  readonly engine: Engine;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Waits before a refused insert is tried again; resolves early when the signal fires. */
  readonly wait: (delayMs: number) => Promise<void>;
}

const firstDelayMs = 250;
const maxDelayMs = 15_000;

/**
 * Puts every table of the segment into the store exactly once: the block number is a column, and before any second try the table
 * is asked whether it has the block. Resolves false when told to stop before it succeeded.
 */
export async function insertSegment(
  segment: SealedSegment,
  options: InserterOptions,
  isFresh: boolean,
): Promise<boolean> {
  for (const table of segment.tables) {
    let isFirstTry = isFresh;
    for (
      let delayMs = firstDelayMs;
      !(await tryInsert(segment, table, { ...options, isFirstTry }));
      delayMs *= 2
    ) {
      isFirstTry = false;
      if (options.signal.aborted) return false;
      await options.wait(Math.min(delayMs, maxDelayMs));
      if (options.signal.aborted) return false;
    }
  }
  return true;
}

async function tryInsert(
  segment: SealedSegment,
  table: string,
  options: InserterOptions & { isFirstTry: boolean },
): Promise<boolean> {
  const { engine, log } = options;
  const block = BigInt(segment.block);
  try {
    if (!options.isFirstTry && (await engine.listBlocks(table, block)).has(block)) return true;
    log("debug", "insert started", { table, block: segment.block });
    const startedAt = performance.now();
    const files = [dataFile(options.directory, segment.block, table)];
    await engine.insertBlock({ table, block, receivedAtMs: segment.receivedAtMs, files }, options.signal);
    log("debug", "insert finished", {
      table,
      block: segment.block,
      durationMs: Math.round(performance.now() - startedAt),
    });
    return true;
  } catch (cause) {
    log("warn", "insert failed", {
      table,
      block: segment.block,
      error: cause instanceof Error ? cause.message : String(cause),
    });
    return false;
  }
}
