import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { DiskUseKind, ServerDisk } from "@spanlight/contract";
import type { Engine } from "../store/engine.ts";

export interface DiskWatchOptions {
  /** The data directory. */
  readonly data: string;
  readonly engine: Engine;
  readonly isStoreRemote: boolean;
  /** What shall stay free, in bytes; undefined = 1 GiB, or 2 % of a file system on which that is less. */
  readonly reserveBytes: number | undefined;
}

/** What is free on the file system of the data directory. */
export type DiskSpace = Pick<ServerDisk, "totalBytes" | "freeBytes" | "reserveBytes" | "isBelowReserve">;

type Sizes = ReadonlyMap<DiskUseKind, number>;

const gibibyte = 1024 ** 3;
const reserveShare = 0.02;
/** Sizes are not looked up more often. */
const sizesHoldMs = 5000;
/** A store that is busy or gone does not keep anybody from seeing that. */
const storeTimeoutMs = 1000;

/** The disk of the data directory: what is free, and what takes how much. */
export class DiskWatch {
  private readonly options: DiskWatchOptions;
  private sizes: Sizes = new Map();
  private sizesAtMs = -Infinity;
  private reading: Promise<Sizes> | undefined;

  constructor(options: DiskWatchOptions) {
    this.options = options;
  }

  async readSpace(): Promise<DiskSpace> {
    const { bsize, blocks, bavail } = await statfs(this.options.data);
    const totalBytes = blocks * bsize;
    const freeBytes = bavail * bsize;
    const { reserveBytes = Math.floor(Math.min(gibibyte, totalBytes * reserveShare)) } = this.options;
    return { totalBytes, freeBytes, reserveBytes, isBelowReserve: freeBytes < reserveBytes };
  }

  /** What takes how much, some seconds old at most; of a store that is busy or does not answer as it was when it last did. */
  async readUse(): Promise<Sizes> {
    if (performance.now() - this.sizesAtMs < sizesHoldMs) return this.sizes;
    this.reading ??= this.readSizes().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  async report(): Promise<ServerDisk> {
    const [space, use] = await Promise.all([this.readSpace(), this.readUse()]);
    const used = [...use].map(([kind, bytes]) => ({ kind, bytes }));
    return { ...space, isStoreRemote: this.options.isStoreRemote, used };
  }

  private async readSizes(): Promise<Sizes> {
    const { data, engine, isStoreRemote } = this.options;
    const isStoreAsked = !isStoreRemote && engine.load().readsWaiting === 0;
    const [stored, beside] = await Promise.all([
      isStoreAsked ? readStoreSizes(engine).catch(() => this.sizes) : this.sizes,
      readSizesBeside(data),
    ]);
    this.sizes = new Map([...stored, ...beside]);
    this.sizesAtMs = performance.now();
    return this.sizes;
  }
}

const kindOfTable = `multiIf(NOT active, 'outdated', startsWith(table, 'metric_'), 'metrics', table)`;
const storeKinds: readonly DiskUseKind[] = ["spans", "contents", "logs", "metrics", "outdated"];

async function readStoreSizes(engine: Engine): Promise<Sizes> {
  const rows = await engine.query<{ kind: DiskUseKind; bytes: string }>({
    sql: `SELECT ${kindOfTable} AS kind, sum(bytes_on_disk) AS bytes FROM system.parts
WHERE database = currentDatabase() AND has({kinds:Array(String)}, kind) GROUP BY kind`,
    parameters: { kinds: [...storeKinds] },
    timeoutMs: storeTimeoutMs,
  });
  const sizes = new Map(rows.map(({ kind, bytes }) => [kind, Number(bytes)]));
  return new Map(storeKinds.map((kind) => [kind, sizes.get(kind) ?? 0]));
}

async function readSizesBeside(data: string): Promise<Sizes> {
  const spool = join(data, "spool");
  const isAuditLog = (name: string): boolean => name.startsWith("audit.") && name.endsWith(".jsonl");
  const [spooled, native, damaged, audited, kept] = await Promise.all([
    measureAll(spool, (name) => name !== "quarantine"),
    measureAll(join(data, "native")),
    measureAll(join(spool, "quarantine")),
    measureAll(data, isAuditLog),
    measureAll(join(data, "series")),
  ]);
  return new Map([
    ["spool", spooled],
    ["native_journal", native],
    ["quarantine", damaged],
    ["audit_log", audited],
    ["kept_series", kept],
  ]);
}

/** Bytes of the files in a directory and below; 0 where there is none, and for what goes meanwhile. */
async function measureAll(
  directory: string,
  isCounted: (name: string) => boolean = () => true,
): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  const sizes = await Promise.all(names.filter(isCounted).map((name) => measure(join(directory, name))));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

async function measure(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 0;
  return found.isDirectory() ? measureAll(path) : found.size;
}
