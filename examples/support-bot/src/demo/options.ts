import { parseArgs } from "node:util";

/** What the command line says. */
export interface DemoOptions {
  readonly help: boolean;
  /** Port of the support bot; undefined = 4400, or any free one where that is taken. */
  readonly port: number | undefined;
  /** Requests after which the demo ends; Infinity = when it is stopped. */
  readonly mostRequests: number;
  readonly mostMs: number;
  readonly requestsPerSecond: number;
  readonly seed: string;
  /** 1 = the local provider takes the time a real one takes, 0 = it answers at once. */
  readonly pace: number;
}

export const usage = `npm run demo [-- OPTIONS]

Starts the server (or uses the one that already listens), a local model provider and a small support
service, and sends it traffic until Ctrl-C.

  --port N         port of the support service (4400)
  --rate N         requests a second (3)
  --once N         send N requests, then end
  --duration TIME  end after 90s, 5m or 1h
  --seed TEXT      other customers and answers (1)
  --fast           the local provider answers without waiting
  --help           this text

SPANLIGHT_HOST, SPANLIGHT_PORT and SPANLIGHT_DATA mean the same as for the server.
With OPENAI_API_KEY set the service calls the real provider, at one request in five seconds.
`;

/** The command line makes no sense; the message says what is wrong in one sentence. */
export class UsageError extends Error {
  readonly code = "usage";
}

const spelling = {
  port: { type: "string" },
  rate: { type: "string" },
  once: { type: "string" },
  duration: { type: "string" },
  seed: { type: "string" },
  fast: { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** @param isReal true when a real provider is paid for every request. */
export function readOptions(args: readonly string[], isReal: boolean): DemoOptions {
  const { values } = parseWords(args);
  const isFast = values.fast === true;
  return {
    help: values.help === true,
    port: values.port === undefined ? undefined : readNumber("--port", values.port, 0),
    mostRequests: values.once === undefined ? Infinity : readNumber("--once", values.once, 1),
    mostMs: values.duration === undefined ? Infinity : readDuration(values.duration),
    requestsPerSecond:
      values.rate === undefined ? defaultRate(isReal, isFast) : readNumber("--rate", values.rate, 0.01),
    seed: values.seed ?? "1",
    pace: isFast ? 0 : 1,
  };
}

function defaultRate(isReal: boolean, isFast: boolean): number {
  if (isReal) return 0.2;
  return isFast ? 50 : 3;
}

function parseWords(args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof spelling }>> {
  try {
    return parseArgs({ args: [...args], options: spelling });
  } catch (error) {
    throw new UsageError(
      `${error instanceof Error ? error.message : String(error)} (--help lists the options)`,
      {
        cause: error,
      },
    );
  }
}

function readNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < least)
    throw new UsageError(`${name} must be a number from ${least} on, and is "${text}".`);
  return value;
}

const unitMs = { s: 1000, m: 60_000, h: 3_600_000 } as const;

function readDuration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smh]?)$/.exec(text) ?? [];
  if (amount === undefined)
    throw new UsageError(`--duration must read like 90s, 5m or 1h, and is "${text}".`);
  return Number(amount) * (unit === "m" || unit === "h" ? unitMs[unit] : unitMs.s);
}
