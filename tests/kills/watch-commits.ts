import { existsSync, readdirSync, watch, type FSWatcher } from "node:fs";
import { join } from "node:path";

/**
 * Resolves at a sign of a commit on disk, the next one or some after it: a part that appears or is renamed in a table's directory, or a line in
 * the engine's own deduplication log where a build keeps one. Between these lie the microseconds that a kill by the clock
 * hardly ever hits. `stop` ends the watch and resolves it.
 */
export function watchCommits(
  dataDirectory: string,
  signsToSkip: number,
): { next: Promise<void>; stop: () => void } {
  const watchers: FSWatcher[] = [];
  let resolveNext = (): void => undefined;
  const next = new Promise<void>((resolve) => {
    resolveNext = resolve;
  });
  const stop = (): void => {
    for (const watcher of watchers.splice(0)) watcher.close();
    resolveNext();
  };
  let left = signsToSkip;
  const onSign = (): void => {
    if (left-- <= 0) stop();
  };
  for (const directory of listTableDirectories(join(dataDirectory, "store", "store")))
    watchers.push(watch(directory, onSign));
  return { next, stop };
}

/** Tables lie at `abc/abcd…/`; a deduplication log in a directory below. */
function listTableDirectories(root: string): string[] {
  if (!existsSync(root)) return [];
  const tables = readdirSync(root).flatMap((group) =>
    readdirSync(join(root, group)).map((table) => join(root, group, table)),
  );
  const logs = tables.map((table) => join(table, "deduplication_logs")).filter((log) => existsSync(log));
  return logs.length > 0 ? logs : tables;
}
