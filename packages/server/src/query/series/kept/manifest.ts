import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { SeenTable } from "../block-watch.ts";
import type { DayFile, Reach } from "../count-answers.ts";
import type { CountSpec } from "../count-spec.ts";
import type { GaugeEntry } from "../gauge-cache.ts";

export interface SavedQuestion {
  readonly key: string;
  readonly spec: CountSpec;
  /** All spans of blocks up to this one are in the files. */
  readonly block: number;
  readonly drops: number;
  readonly reach: Reach;
  /** By midnight in Unix seconds; a day without a file has no rows. */
  readonly days: readonly { readonly day: number; readonly file: DayFile | null }[];
}

/** What is kept, as of one look at the table of spans. It alone says which files count, and how much of each. */
export interface Manifest {
  /** What wrote it: other versions may count in other ways. */
  readonly version: string;
  readonly seen: SeenTable;
  readonly questions: readonly SavedQuestion[];
  readonly gauges: readonly GaugeEntry[];
}

const fileSchema = z.object({ name: z.string(), bytes: z.number(), frames: z.number() });

const questionSchema: z.ZodType<SavedQuestion> = z.object({
  key: z.string(),
  spec: z.object({
    project: z.string(),
    sql: z.string(),
    blockSql: z.string(),
    parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    isRollup: z.boolean(),
    needsContextWindows: z.boolean(),
  }),
  block: z.number(),
  drops: z.number(),
  reach: z.object({ days: z.number(), atMs: z.number(), askedMs: z.number() }),
  days: z.array(z.object({ day: z.number(), file: fileSchema.nullable() })),
});

const stateShape = {
  epoch: z.string(),
  block: z.number(),
  drops: z.number(),
  droppedUntilSeconds: z.number(),
};

const gaugeSchema: z.ZodType<GaugeEntry> = z.object({
  ...stateShape,
  key: z.string(),
  fromSeconds: z.number(),
  toSeconds: z.number(),
  samples: z.array(
    z.object({ labels: z.array(z.string()), times: z.array(z.number()), values: z.array(z.number()) }),
  ),
});

const manifestSchema: z.ZodType<Manifest> = z.object({
  version: z.string(),
  seen: z.object({
    ...stateShape,
    partitions: z.record(
      z.string(),
      z.object({ rows: z.number(), mutation: z.number(), lastSeconds: z.number() }),
    ),
  }),
  questions: z.array(questionSchema),
  gauges: z.array(gaugeSchema),
});

export const MANIFEST_NAME = "manifest.json";

/** Undefined where there is none, or none that this version can use. */
export async function readManifest(directory: string, version: string): Promise<Manifest | undefined> {
  const text = await readFile(join(directory, MANIFEST_NAME), "utf8").catch(() => undefined); // kept counts can be done without
  if (text === undefined) return undefined;
  const parsed = manifestSchema.safeParse(parseJson(text));
  return parsed.success && parsed.data.version === version ? parsed.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // cut off by a loss of power
  }
}

export async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  const path = join(directory, MANIFEST_NAME);
  await writeFile(`${path}.new`, JSON.stringify(manifest));
  await rename(`${path}.new`, path);
}
