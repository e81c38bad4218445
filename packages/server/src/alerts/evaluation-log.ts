import { createReadStream } from "node:fs";
import { appendFile, rename, stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { EvaluationRecord } from "./engine/history.ts";

/** Evaluations of rules on disk, so that a restart does not forget what they saw. */
export interface EvaluationLog {
  /** What was noted, by rule, oldest first: the last `limit` evaluations of each. Lines that cannot be read are left out. */
  load(limit: number): Promise<Map<string, EvaluationRecord[]>>;
  /** Notes an evaluation; it is written with the next `flush`. */
  note(ruleId: string, record: EvaluationRecord): void;
  /** Writes what was noted. Never throws: `onError` is told. */
  flush(): Promise<void>;
  /** Writes every few seconds until the signal fires, and then once more. */
  run(signal: AbortSignal): Promise<void>;
}

export interface EvaluationLogOptions {
  /** A file `<path>` is appended to; the one before it is `<path>.previous`. */
  readonly path: string;
  /** When a file is full, a new one is begun and the one before the last is dropped. Default 8 MiB. */
  readonly maxBytes?: number;
  readonly onError?: (what: string, error: unknown) => void;
}

const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;
const FLUSH_MS = 5_000;
/** Evaluations that wait for a disk that refuses them; older ones are dropped. */
const MAX_WAITING = 10_000;

const lineSchema = z.tuple([
  z.string(), // rule
  z.number(), // at, ms since the epoch
  z.number(), // duration, ms
  z.string().nullable(), // error
  z.enum(["inactive", "pending", "firing"]),
  z.number(), // samples
  z.array(z.tuple([z.record(z.string(), z.string()), z.string()])), // labels, value
]);

function writeLine(ruleId: string, record: EvaluationRecord): string {
  const { atMs, durationMs, error, state, sampleCount } = record;
  // As text: JSON has no NaN and no infinities.
  const samples = record.samples.map(({ labels, value }) => [labels, String(value)]);
  return JSON.stringify([ruleId, atMs, durationMs, error, state, sampleCount, samples]);
}

function readLine(text: string): [ruleId: string, record: EvaluationRecord] | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null; // torn by a kill
  }
  const line = lineSchema.safeParse(json);
  if (!line.success) return null;
  const [ruleId, atMs, durationMs, error, state, sampleCount, found] = line.data;
  const samples = found.map(([labels, value]) => ({ labels, value: Number(value) }));
  return [ruleId, { atMs, durationMs, error, state, samples, sampleCount }];
}

async function readLines(path: string, take: (text: string) => void): Promise<void> {
  try {
    const input = createReadStream(path, "utf8");
    for await (const text of createInterface({ input, crlfDelay: Infinity })) take(text);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

export function createEvaluationLog(options: EvaluationLogOptions): EvaluationLog {
  const { path, maxBytes = DEFAULT_MAX_BYTES, onError } = options;
  const previous = `${path}.previous`;
  let waiting: string[] = [];

  async function load(limit: number): Promise<Map<string, EvaluationRecord[]>> {
    const found = new Map<string, EvaluationRecord[]>();
    for (const file of [previous, path]) {
      await readLines(file, (text) => {
        const line = readLine(text);
        if (line === null) return;
        const [ruleId, record] = line;
        const list = found.get(ruleId) ?? [];
        found.set(ruleId, list);
        list.push(record);
        if (list.length > 2 * limit) list.splice(0, list.length - limit);
      });
    }
    return new Map([...found].map(([ruleId, list]) => [ruleId, list.slice(-limit)]));
  }

  async function flush(): Promise<void> {
    if (waiting.length === 0) return;
    const lines = waiting;
    waiting = [];
    try {
      // Begins with a line break: what a kill tore off before it stays a line of its own.
      await appendFile(path, `\n${lines.join("\n")}`, { mode: 0o600 });
      if ((await stat(path)).size > maxBytes) await rename(path, previous);
    } catch (error) {
      waiting = [...lines, ...waiting].slice(-MAX_WAITING);
      onError?.("cannot keep the evaluations of rules", error);
    }
  }

  return {
    load,
    note(ruleId, record) {
      waiting.push(writeLine(ruleId, record));
    },
    flush,
    async run(signal) {
      while (!signal.aborted) {
        await delay(FLUSH_MS, undefined, { signal }).catch(() => undefined);
        await flush();
      }
    },
  };
}
