import { join } from "node:path";
import { createKey } from "../../packages/server/src/keys/change-keys.ts";

/** A key that requests come with. */
export interface SenderKey {
  /** As the accounting tells it; null = requests come without a key. */
  readonly id: string | null;
  readonly text: string | null;
}

/** Two keys of a data directory in which there is no server yet, and none. */
export async function createSenderKeys(directory: string): Promise<readonly SenderKey[]> {
  const keys: SenderKey[] = [{ id: null, text: null }];
  for (const name of ["second", "third"]) {
    const limits = { maxRequestsPerSecond: null, maxBytesPerSecond: null };
    const wanted = { name, project: "default", scopes: ["ingest" as const], ...limits };
    const { key, text } = await createKey(join(directory, "keys.json"), wanted, Date.now());
    keys.push({ id: key.id, text });
  }
  return keys;
}

/** The place among the keys of the one that a request comes with, however often it is sent. */
export function keyPlaceOf(requestNumber: number, keys: readonly SenderKey[]): number {
  return requestNumber % keys.length;
}
