import { parseArgs } from "node:util";
import { formatMetric, fromEntries } from "@spanlight/promql";
import { z } from "zod";
import { readSettings } from "../config/config.ts";

const defaultUrl = "http://localhost:4318";

/** Unix seconds and the value as text. */
const pair = z.tuple([z.number(), z.string()]);
const metric = z.record(z.string(), z.string());

const answerSchema = z.discriminatedUnion("status", [
  z.object({ status: z.literal("error"), errorType: z.string(), error: z.string() }),
  z.object({
    status: z.literal("success"),
    data: z.discriminatedUnion("resultType", [
      z.object({
        resultType: z.literal("vector"),
        result: z.array(z.object({ metric, value: pair })),
      }),
      z.object({
        resultType: z.literal("matrix"),
        result: z.array(z.object({ metric, values: z.array(pair) })),
      }),
      z.object({ resultType: z.literal("scalar"), result: pair }),
      z.object({ resultType: z.literal("string"), result: pair }),
    ]),
  }),
]);

type Answer = z.infer<typeof answerSchema>;
type Result = Extract<Answer, { status: "success" }>["data"];

/** `promql EXPR`: asks a running server what an expression is now, and prints one sample a line. */
export async function promql(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { url: { type: "string", default: defaultUrl } },
  });
  const [query] = positionals;
  if (query === undefined || positionals.length > 1) {
    throw new Error("Give one expression in quotes: spanlight promql EXPR [--url URL]");
  }
  const answer = await ask(values.url, query);
  if (answer.status === "error") throw new Error(`${answer.errorType}: ${answer.error}`);
  for (const line of toLines(answer.data)) process.stdout.write(`${line}\n`);
}

async function ask(url: string, query: string): Promise<Answer> {
  const text = await post(`${url.replace(/\/+$/, "")}/prometheus/api/v1/query`, query).catch(
    (cause: unknown) => {
      throw new Error(`No server answers on ${url}; start one with "spanlight serve" or name it with --url`, {
        cause,
      });
    },
  );
  try {
    return answerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`What answers on ${url} is not Spanlight; name the server with --url`, { cause });
  }
}

async function post(address: string, query: string): Promise<string> {
  const { api_key: key } = readSettings({ environment: process.env, flags: {} });
  const response = await fetch(address, {
    method: "POST",
    body: new URLSearchParams({ query }),
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  });
  return response.text();
}

function toLines(data: Result): string[] {
  switch (data.resultType) {
    case "vector":
      return data.result.map((sample) => `${toSelector(sample.metric)} => ${toText(sample.value)}`);
    case "matrix":
      return data.result.flatMap((series) => [
        `${toSelector(series.metric)} =>`,
        ...series.values.map((value) => `  ${toText(value)}`),
      ]);
    case "scalar":
    case "string":
      return [toText(data.result)];
  }
}

function toSelector(labels: Readonly<Record<string, string>>): string {
  return formatMetric(fromEntries(Object.entries(labels)));
}

function toText([seconds, value]: readonly [number, string]): string {
  return `${value} @[${seconds}]`;
}
