import { createRequire } from "node:module";
import type * as openai from "openai";
import { variants, type Client, type VariantName } from "./variants.ts";
import { createClient, workload } from "./workload.ts";

export interface VariantRun {
  readonly variant: VariantName;
  readonly kind: "call" | "stream";
  readonly endpoint: string;
  /** Calls that are measured, after as many to warm up: compiling what is new counts as CPU too, but not for ever. */
  readonly count: number;
}

/** CPU of the whole process, in microseconds a call, until everything is flushed. */
export async function runVariant({ variant, kind, endpoint, count }: VariantRun): Promise<number> {
  const watched = await variants[variant]();
  const { client } = watched.start(loadClient, endpoint);
  const work = workload[kind];
  for (let index = 0; index < count; index++) await work(client);
  await watched.flush();
  const before = process.cpuUsage();
  for (let index = 0; index < count; index++) await work(client);
  await watched.flush();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

/** The client as CommonJS, which every variant can hook without a loader. */
function loadClient(): Client {
  const { OpenAI } = createRequire(import.meta.url)("openai") as typeof openai;
  return { OpenAI, client: createClient(OpenAI) };
}
