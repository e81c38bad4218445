import { readVersion } from "../main/version.ts";
import { audit } from "./audit.ts";
import { backtest } from "./backtest.ts";
import { backup, restore } from "./backup.ts";
import { keys } from "./keys.ts";
import { promql } from "./promql.ts";
import { reprice } from "./reprice.ts";
import { check, test } from "./rules.ts";
import { migrate, schema } from "./schema.ts";
import { serve } from "./serve.ts";

/** One command of the program. */
interface Command {
  readonly summary: string;
  run(args: string[]): Promise<void>;
}

const commands: Readonly<Record<string, Command>> = {
  serve: { summary: "take telemetry, store it, show it (the default)", run: serve },
  check: { summary: "check rules FILE…: whether rule files are in order", run: check },
  test: { summary: "test rules FILE…: run unit tests of rules (promtool's format)", run: test },
  backtest: { summary: "backtest FILE…: what rules would have done over stored data", run: backtest },
  backup: { summary: "backup DIR: of a data directory, while its server runs or not", run: backup },
  restore: { summary: "restore DIR: a backup to a new data directory", run: restore },
  migrate: { summary: "bring a store to the schema of this version", run: migrate },
  schema: { summary: "print the tables as SQL; --cluster NAME for a cluster", run: schema },
  keys: { summary: "keys create, list, change, revoke: who may send, read and administer", run: keys },
  audit: { summary: "who changed what: keys, prices, rules, silences, backups, retention", run: audit },
  reprice: { summary: "reprice --from TIME: recalculate stored costs by the prices of now", run: reprice },
  promql: { summary: "promql EXPR: ask a running server what an expression is now", run: promql },
};

/** Runs the program. Failures are one sentence on stderr and exit code 1. */
export async function run(args: readonly string[]): Promise<void> {
  try {
    await dispatch(args);
  } catch (error) {
    process.stderr.write(`${toSentence(error)}\n`);
    process.exit(1);
  }
}

/** What node:util says of wrong arguments goes on for lines; the first one says what is wrong. */
function toSentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isUsage = "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  return isUsage
    ? `${(error.message.split("\n", 1)[0] ?? "").replace(/\.$/, "")}: see --help.`
    : error.message;
}

async function dispatch(args: readonly string[]): Promise<void> {
  const [first = ""] = args;
  if (first === "--version" || first === "-v") return print(readVersion());
  if (first === "--help" || first === "-h" || first === "help") return print(renderHelp());
  const named = commands[first];
  if (named !== undefined) return named.run(args.slice(1));
  if (first === "" || first.startsWith("-")) return serve([...args]);
  throw new Error(
    `There is no command "${first}". ${Object.keys(commands).join(", ")} are known; see --help.`,
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function renderHelp(): string {
  const list = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  return `spanlight ${readVersion()}: observability for services that call language models

Usage: spanlight [command] [options]

Commands
${list.join("\n")}

Options of serve
  --host ADDRESS     address to listen on (SPANLIGHT_HOST, default 127.0.0.1)
  --port PORT        HTTP port for OTLP, pages and API; 0 = any free one (SPANLIGHT_PORT, default 4318)
  --grpc-port PORT   gRPC port for OTLP; 0 = any free one (SPANLIGHT_GRPC_PORT, default 4317)
  --data DIRECTORY   where the store and the spool live (SPANLIGHT_DATA, default ./data)
  --log-level LEVEL  debug, info, warn or error (SPANLIGHT_LOG_LEVEL, default info)
  --ready-json       print one JSON line with the address once ready

Options of backup and restore
  --data DIRECTORY   data directory that is backed up, or made

Options of keys
  --project NAME     project of a new key (default default)
  --scopes LIST      ingest, read, admin of a new key (default ingest,read)
  --name TEXT        what a key is for
  --max-requests-per-second N, --max-bytes-per-second N   (change: none takes it away)
  --data DIRECTORY   data directory of the server, which may be running
  --json             print JSON

Options of audit
  --project NAME     of one project (default all)
  --limit N          the last N entries (default 100)
  --data DIRECTORY   data directory of the server, which may be running
  --json             print JSON

Options of promql
  --url URL          where the server answers (default http://localhost:4318)

Options of reprice
  --from TIME        calls from then on: ISO 8601 or how long ago (7d)
  --to TIME          calls before then (default now)
  --dry-run          say what would change and change nothing
  --by NAME          who does it, for the log
  --json             print JSON
  --url URL          where the server answers (default http://localhost:4318)

Options of backtest
  --since TIME       from when on: how long ago (7d, 90m) or ISO 8601 (default 7d)
  --until TIME       until when (default now)
  --interval STEP    how often groups that name no interval are evaluated (default the server's)
  --url URL          where the server answers (default http://localhost:4318)

Options of all
  --help, --version

check, test and backtest end with exit code 1 when something is not in order.

Every setting can also stand in spanlight.yaml (or the file named by SPANLIGHT_CONFIG); the environment wins.`;
}
