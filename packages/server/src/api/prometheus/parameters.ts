import { setMaxListeners } from "node:events";
import {
  type Expression,
  type Matcher,
  parseDurationMs,
  parseExpression,
  parseNumber,
  parseSelector,
} from "@spanlight/promql";
import type { Context } from "hono";
import { BodyTooLargeError, readBodyText } from "../read-body-text.ts";
import { badParameter, PrometheusApiError } from "./answer.ts";

/** The parameters of a request: those of its form first, then those of its address. */
export async function readForm(context: Context): Promise<URLSearchParams> {
  const form = new URLSearchParams();
  const isForm = context.req.header("content-type")?.startsWith("application/x-www-form-urlencoded") === true;
  if (context.req.method === "POST" && isForm) {
    for (const [name, value] of new URLSearchParams(await readFormText(context))) form.append(name, value);
  }
  for (const [name, value] of new URL(context.req.url).searchParams) form.append(name, value);
  return form;
}

async function readFormText(context: Context): Promise<string> {
  try {
    return await readBodyText(context, MAX_FORM_BYTES);
  } catch (cause) {
    if (!(cause instanceof BodyTooLargeError)) throw cause;
    throw new PrometheusApiError("bad_data", "error parsing form values: too large", { cause });
  }
}

/** Ends when the client goes, or when the time is up. */
export function readSignal(context: Context, expiry?: AbortSignal): AbortSignal {
  const { signal } = context.req.raw;
  const either = AbortSignal.any(expiry === undefined ? [signal] : [signal, expiry]);
  setMaxListeners(0, either); // one query of ours may ask many of the store
  return either;
}

const MAX_FORM_BYTES = 4 * 1024 * 1024;

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** A time as Unix milliseconds: seconds with a fraction, or RFC 3339. */
export function readTime(form: URLSearchParams, name: string, otherwise?: number): number {
  const text = form.get(name) ?? "";
  if (text === "" && otherwise !== undefined) return otherwise;
  const seconds = parseSeconds(text);
  if (seconds !== undefined) return Math.round(seconds * 1000);
  const ms = RFC3339.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw badParameter(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`);
}

/** A duration in milliseconds: seconds with a fraction, or as in PromQL. */
export function readDuration(form: URLSearchParams, name: string, otherwise?: number): number {
  const text = form.get(name) ?? "";
  if (text === "" && otherwise !== undefined) return otherwise;
  const seconds = parseSeconds(text);
  if (seconds !== undefined) return seconds * 1000;
  const ms = parseDurationMs(text);
  if (typeof ms === "number") return ms;
  throw badParameter(name, `cannot parse ${JSON.stringify(text)} to a valid duration`);
}

function parseSeconds(text: string): number | undefined {
  if (!/^[+-]?(\d|\.\d|0x)/i.test(text)) return undefined;
  const value = parseNumber(text);
  return value !== null && Number.isFinite(value) && Math.abs(value) < 9e12 ? value : undefined;
}

/** Most entries of an answer; 0 = all. */
export function readLimit(form: URLSearchParams): number {
  const text = form.get("limit") ?? "";
  if (text === "") return 0;
  if (!/^\d{1,15}$/.test(text))
    throw badParameter("limit", `limit must be non-negative, got ${JSON.stringify(text)}`);
  return Number(text);
}

/** The query of a request as an expression, with Prometheus' message where it is none. */
export function readExpression(
  form: URLSearchParams,
  name = "query",
): { text: string; expression: Expression } {
  const text = form.get(name) ?? "";
  try {
    return { text, expression: parseExpression(text, { experimental: true }) };
  } catch (error) {
    throw error instanceof Error ? badParameter(name, error.message) : error;
  }
}

/** The selectors of `match[]`, in order. */
export function readMatcherSets(form: URLSearchParams): Array<readonly Matcher[]> {
  return form.getAll("match[]").map((text) => {
    try {
      return parseSelector(text);
    } catch (error) {
      throw error instanceof Error ? badParameter("match[]", error.message) : error;
    }
  });
}

/** Cuts a list to the limit, and says so. */
export function cutToLimit<Item>(
  items: readonly Item[],
  limit: number,
): { items: readonly Item[]; warnings: string[] } {
  if (limit === 0 || items.length <= limit) return { items, warnings: [] };
  return { items: items.slice(0, limit), warnings: ["results truncated due to limit"] };
}
