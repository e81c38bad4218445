import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { takeBackup, type BackupSummary } from "../backup/take-backup.ts";
import { restoreBackup } from "../backup/restore-backup.ts";
import { auditCommand } from "../audit/command-line.ts";
import { readSettings } from "../config/config.ts";
import { defaultProject } from "../keys/key.ts";
import { openEmptyStore, openStore } from "../main/open-store.ts";
import { backupLineSchema, readOperatorAddress, type OperatorAddress } from "../main/operator-door.ts";
import { readVersion } from "../main/version.ts";

/** `backup DIR`: of the data directory, whether a server runs on it or not. */
export async function backup(args: string[]): Promise<void> {
  const { directory, data } = readArguments("backup", args);
  const address = readOperatorAddress(data);
  const isServed = address !== undefined && (await isAnswering(address));
  const summary = isServed ? await askServer(address, directory) : await backUpAtRest(data, directory);
  const size = `${summary.files} files, ${summary.bytes} bytes; requests waited ${summary.pausedMs} ms`;
  print(
    `The backup in ${summary.directory} holds everything acknowledged before ${summary.takenAt} (${size}).`,
  );
}

/** `restore DIR`: to a new data directory. */
export async function restore(args: string[]): Promise<void> {
  const { directory, data } = readArguments("restore", args);
  const { takenAt, version, tables } = await restoreBackup({
    directory,
    data,
    openStore: openEmptyStore,
    onCopied: createProgress(),
  });
  const detail = { from: directory, takenAt, version };
  await auditCommand(data, { project: defaultProject, action: "backup.restore", target: data, detail });
  const rows = Object.entries(tables).map(([table, count]) => `${table} ${count}`);
  print(`${data} is as of ${takenAt}, taken by version ${version}; rows: ${rows.join(", ")}.`);
  process.exit(0); // the engine's threads would keep the process
}

function readArguments(command: string, args: string[]): { directory: string; data: string } {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { data: { type: "string" } },
  });
  const [directory] = positionals;
  if (directory === undefined || positionals.length > 1) {
    throw new Error(`Name one directory: spanlight ${command} DIR [--data DIRECTORY]`);
  }
  const flags: Record<string, string> = values.data === undefined ? {} : { data: values.data };
  const settings = readSettings({ environment: process.env, flags });
  return { directory: resolve(directory), data: settings.data };
}

/** A server that was killed leaves its address behind. */
function isAnswering({ url }: OperatorAddress): Promise<boolean> {
  return fetch(`${url}/healthz`).then(
    (answer) => answer.ok,
    () => false,
  );
}

async function askServer({ url, token }: OperatorAddress, directory: string): Promise<BackupSummary> {
  const response = await fetch(`${url}/api/operator/backup`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ directory }),
  });
  if (!response.ok || response.body === null) {
    throw new Error(`The server on ${url} did not take a backup: ${await response.text()}`);
  }
  const progress = createProgress();
  let rest = "";
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const said = backupLineSchema.parse(JSON.parse(line));
      if ("error" in said) throw new Error(said.error);
      if ("summary" in said) return said.summary;
      progress(said.copiedBytes);
    }
  }
  throw new Error(`The server on ${url} ended before the backup did: what is in ${directory} is not whole`);
}

async function backUpAtRest(data: string, directory: string): Promise<BackupSummary> {
  const settings = readSettings({ environment: process.env, flags: { data } });
  if (!existsSync(join(data, "store")) && settings.store === undefined) {
    throw new Error(`${data} is no data directory of a server: name the one to back up with --data`);
  }
  const store = await openStore(settings);
  try {
    const summary = await takeBackup({
      data,
      directory,
      engine: store.engine,
      isStoreRemote: settings.store !== undefined,
      version: readVersion(),
      freeze: (work) => work(),
      now: Date.now,
      onCopied: createProgress(),
    });
    const { directory: target, ...detail } = summary;
    await auditCommand(data, { project: defaultProject, action: "backup.take", target, detail });
    return summary;
  } finally {
    await store.close();
  }
}

/** Says on stderr how far it is, at each gigabyte. */
function createProgress(): (bytes: number) => void {
  const gigabyte = 1e9;
  let told = 0;
  return (bytes) => {
    if (Math.floor(bytes / gigabyte) === told) return;
    told = Math.floor(bytes / gigabyte);
    process.stderr.write(`${told} GB copied\n`);
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
