import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, open, realpath, rename, rm, stat, unlink, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { parseRuleFile } from "./parse-rule-file.ts";
import { collectRuleFiles } from "./read-rule-files.ts";
import { RuleFileError } from "./rule-file-error.ts";
import type { RuleSource } from "./rule.ts";

/** A rule file as people may look at it and change it. */
export interface RuleFileEntry {
  readonly id: string;
  readonly name: string;
  /** The file as messages name it. */
  readonly file: string;
  readonly path: string;
  /** Comes with the product; named in the settings; written through this server. */
  readonly origin: "shipped" | "settings" | "data";
  readonly isWritable: boolean;
  readonly isRemovable: boolean;
  /** null when it cannot be read. */
  readonly text: string | null;
  /** Changes with the text. */
  readonly version: string;
}

/** The rule files of a server: those that come with it, those it was told of, and those written through it. */
export interface RuleFiles {
  /** Where new files are put. */
  readonly directory: string;
  /** The files for the rule engine; what cannot be read stands among them as its error. */
  collect(): Promise<readonly (RuleSource | RuleFileError)[]>;
  list(): Promise<readonly RuleFileEntry[]>;
  find(id: string): Promise<RuleFileEntry | null>;
  /** Writes a new file. Throws `RuleFileError` for a wrong text, `RuleFileRefusedError` when the name is taken. */
  create(name: string, text: string): Promise<RuleFileEntry>;
  /** Replaces a text as a whole. Throws `RuleFileError`, `RuleFileRefusedError`. */
  replace(id: string, text: string, version: string | undefined): Promise<RuleFileEntry>;
  /** Throws `RuleFileRefusedError`. */
  remove(id: string): Promise<void>;
}

export interface RuleFilesOptions {
  readonly shipped: RuleSource | null;
  /** Files and directories of the settings. */
  readonly paths: readonly string[];
  readonly directory: string;
}

export type RuleFileRefusal =
  | "rule_file_not_found"
  | "rule_file_read_only"
  | "rule_file_exists"
  | "rule_file_changed"
  | "rule_file_unwritable";

/** A change of a rule file that is not made; `code` says why. */
export class RuleFileRefusedError extends Error {
  override readonly name = "RuleFileRefusedError";
  readonly code: RuleFileRefusal;

  constructor(code: RuleFileRefusal, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const SHIPPED_ID = "shipped";

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** The id of the file with that name in messages. */
export function ruleFileId(file: string, shipped: RuleSource | null): string {
  return file === shipped?.file ? SHIPPED_ID : digest(resolve(file)).slice(0, 12);
}

export function createRuleFiles(options: RuleFilesOptions): RuleFiles {
  const { directory } = options;
  const find = async (id: string): Promise<RuleFileEntry | null> =>
    (await listEntries(options)).find((entry) => entry.id === id) ?? null;
  const findAgain = async (id: string): Promise<RuleFileEntry> => {
    const entry = await find(id);
    if (entry !== null) return entry;
    throw new RuleFileRefusedError("rule_file_not_found", `there is no rule file with the id ${id}`);
  };
  let turn: Promise<unknown> = Promise.resolve();
  /** One change at a time: what a version was compared with must still be so when the text is written. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };
  return {
    directory,
    collect: async () => (await collectEntries(options)).map(({ found }) => found),
    list: () => listEntries(options),
    find,
    create: (name, text) =>
      inTurn(async () => {
        const path = join(directory, name);
        parseRuleFile({ file: name, text });
        await createFile(path, text);
        return findAgain(ruleFileId(path, options.shipped));
      }),
    replace: (id, text, version) =>
      inTurn(async () => {
        const entry = await findAgain(id);
        checkChange(entry, version);
        parseRuleFile({ file: entry.name, text });
        await replaceFile(entry.path, text);
        return findAgain(id);
      }),
    remove: (id) =>
      inTurn(async () => {
        const entry = await findAgain(id);
        if (!entry.isRemovable) {
          const message = `${entry.path} was not written through this server and is not removed by it`;
          throw new RuleFileRefusedError("rule_file_read_only", message);
        }
        await unlink(entry.path);
      }),
  };
}

interface Collected {
  readonly found: RuleSource | RuleFileError;
  readonly origin: RuleFileEntry["origin"];
}

async function collectEntries({ shipped, paths, directory }: RuleFilesOptions): Promise<Collected[]> {
  const hasDirectory = await access(directory).then(
    () => true,
    () => false,
  );
  const [named, own] = await Promise.all([
    collectRuleFiles(paths),
    collectRuleFiles(hasDirectory ? [directory] : []),
  ]);
  const all: Collected[] = [
    ...(shipped === null ? [] : [{ found: shipped, origin: "shipped" as const }]),
    ...named.map((found) => ({ found, origin: "settings" as const })),
    ...own.map((found) => ({ found, origin: "data" as const })),
  ];
  // A path of the settings may lead to the same file twice.
  const seen = new Set<string>();
  return all.filter(({ found: { file } }) => {
    const path = resolve(file);
    const isNew = !seen.has(path);
    seen.add(path);
    return isNew;
  });
}

async function listEntries(options: RuleFilesOptions): Promise<RuleFileEntry[]> {
  return Promise.all((await collectEntries(options)).map((one) => toEntry(one, options)));
}

async function toEntry({ found, origin }: Collected, { shipped }: RuleFilesOptions): Promise<RuleFileEntry> {
  const { file } = found;
  const text = found instanceof RuleFileError ? null : found.text;
  return {
    id: ruleFileId(file, shipped),
    name: basename(file),
    file,
    path: origin === "shipped" ? file : resolve(file),
    origin,
    isWritable: origin !== "shipped" && text !== null && (await isWritable(file)),
    isRemovable: origin === "data",
    text,
    version: digest(text ?? ""),
  };
}

async function isWritable(file: string): Promise<boolean> {
  return access(file, constants.W_OK).then(
    () => true,
    () => false,
  );
}

function checkChange(entry: RuleFileEntry, version: string | undefined): void {
  if (!entry.isWritable) {
    const why = entry.origin === "shipped" ? "comes with the product" : "may not be written by this server";
    throw new RuleFileRefusedError("rule_file_read_only", `${entry.path} ${why}`);
  }
  if (version === undefined || version === entry.version) return;
  const message = `${entry.path} has been changed since it was read; read it again`;
  throw new RuleFileRefusedError("rule_file_changed", message);
}

async function createFile(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (readCode(cause) === "EEXIST") {
      throw new RuleFileRefusedError("rule_file_exists", `there is already a file ${path}`, { cause });
    }
    throw toUnwritable(path, cause);
  }
}

/** Puts the new text in place of the old one at once; where only the file itself may be written, in place. */
async function replaceFile(path: string, text: string): Promise<void> {
  try {
    const target = await realpath(path);
    const next = `${target}.next`;
    try {
      const { mode } = await stat(target);
      await writeFile(next, text, { mode, flush: true });
      await rename(next, target);
    } catch (cause) {
      await rm(next, { force: true }).catch(() => undefined);
      if (!["EACCES", "EPERM", "EBUSY", "EROFS"].includes(readCode(cause))) throw cause;
      await writeFile(target, text, { flush: true });
    }
  } catch (cause) {
    throw toUnwritable(path, cause);
  }
}

function readCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function toUnwritable(path: string, cause: unknown): RuleFileRefusedError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RuleFileRefusedError("rule_file_unwritable", `cannot write ${path}: ${reason}`, { cause });
}
