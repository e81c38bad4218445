import { parseArgs } from "node:util";
import { backtestSchema } from "@spanlight/contract";
import { runBacktest } from "../alerts/commands/run-backtest.ts";
import { askServer, defaultUrl } from "./ask-server.ts";
import { readInstant } from "./read-instant.ts";

/** `backtest FILE… --since 7d`: what rules would have done over what a running server has stored. */
export async function backtest(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      url: { type: "string", default: defaultUrl },
      since: { type: "string", default: "7d" },
      until: { type: "string" },
      interval: { type: "string" },
    },
  });
  if (positionals.length === 0) {
    throw new Error(
      "Name a rule file: spanlight backtest FILE… [--since 7d] [--until TIME] [--interval 1m] [--url URL]",
    );
  }
  const nowMs = Date.now();
  const range = {
    from: readInstant("--since", values.since, nowMs),
    to:
      values.until === undefined
        ? new Date(nowMs).toISOString()
        : readInstant("--until", values.until, nowMs),
    ...(values.interval === undefined ? {} : { interval: values.interval }),
  };
  const { text, isOk } = await runBacktest({
    paths: positionals,
    tryRules: (rules) =>
      askServer(values.url, {
        path: "/api/alerts/backtest",
        body: { rules, ...range },
        schema: backtestSchema,
      }),
  });
  process.stdout.write(`${text}\n`);
  if (!isOk) process.exitCode = 1;
}
