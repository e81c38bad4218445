import { variants, type VariantName } from "./variants.ts";
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
  const client = await watched.start(createClient(), endpoint);
  const work = workload[kind];
  for (let index = 0; index < count; index++) await work(client);
  await watched.flush();
  const before = process.cpuUsage();
  for (let index = 0; index < count; index++) await work(client);
  await watched.flush();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}
