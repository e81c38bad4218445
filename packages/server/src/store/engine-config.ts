import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeWritableDirectory, toUnwritable } from "./writable-directory.ts";

const MEBIBYTE = 1024 * 1024;

export interface EngineLimits {
  /** Most memory of the engine in bytes, caches included. */
  readonly memoryBytes: number;
  /** Threads for background merges. */
  readonly mergeThreads: number;
}

/** Creates the directory and writes the engine's server configuration into it; answers the file's path. */
export function writeEngineConfig(directory: string, limits: EngineLimits): string {
  const path = join(directory, "engine.xml");
  const text = renderEngineConfig(limits);
  makeWritableDirectory(directory);
  try {
    if (readIfThere(path) !== text) {
      const draft = `${path}.${process.pid}`;
      writeFileSync(draft, text);
      renameSync(draft, path);
    }
  } catch (cause) {
    throw toUnwritable(directory, cause);
  }
  return path;
}

/**
 * The engine's defaults are a server's: two caches of 5 GiB, 90 % of memory, log tables that are written every few
 * seconds. A log table is not written unless its element is there, so none is.
 */
function renderEngineConfig({ memoryBytes, mergeThreads }: EngineLimits): string {
  const settings: Record<string, number> = {
    max_server_memory_usage: memoryBytes,
    mark_cache_size: 64 * MEBIBYTE,
    primary_index_cache_size: 64 * MEBIBYTE,
    uncompressed_cache_size: 0,
    index_mark_cache_size: 16 * MEBIBYTE,
    index_uncompressed_cache_size: 0,
    mmap_cache_size: 0,
    query_cache_size: 0,
    background_pool_size: mergeThreads,
    // One merge per thread: twice as many would only take turns on the same cores.
    background_merges_mutations_concurrency_ratio: 1,
    background_common_pool_size: 2,
    background_schedule_pool_size: 4,
    background_move_pool_size: 1,
    background_fetches_pool_size: 1,
    background_message_broker_schedule_pool_size: 1,
    background_distributed_schedule_pool_size: 1,
    max_thread_pool_size: 256,
    // How often the engine compares its own count of memory with the process's: every 50 ms would be 1 % of a core at rest.
    memory_worker_period_ms: 500,
  };
  const elements = Object.entries(settings).map(([name, value]) => `  <${name}>${value}</${name}>`);
  return [
    "<clickhouse>",
    "  <logger><level>none</level><console>0</console></logger>",
    ...elements,
    "</clickhouse>",
    "",
  ].join("\n");
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // not there yet, or not readable: the write that follows says which
  }
}
