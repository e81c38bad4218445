import {
  healthSchema,
  ingestSchema,
  liveQuerySchema,
  liveSchema,
  logFacetsSchema,
  logListQuerySchema,
  logListSchema,
  newScoreSchema,
  overviewQuerySchema,
  overviewSchema,
  pickersSchema,
  problemSchema,
  scoreListQuerySchema,
  scoreListSchema,
  serverSchema,
  spanSchema,
  traceFacetsSchema,
  traceListQuerySchema,
  traceListSchema,
  traceSchema,
  unmappedQuerySchema,
  unmappedSchema,
} from "@spanlight/contract";
import { z } from "zod";
import { ALERT_ROUTES } from "./alerts-openapi.ts";
import { COST_ROUTES } from "./costs-openapi.ts";
import { KEY_ROUTES } from "./keys-openapi.ts";
import type { Route } from "./openapi-route.ts";

const rangeSchema = z.object({ from: z.string().optional(), to: z.string().optional() });
const contentSchema = z.object({ content: z.enum(["all", "none"]).optional() });

const ROUTES: readonly Route[] = [
  {
    path: "/api/traces",
    summary: "Traces, newest first",
    query: traceListQuerySchema,
    answer: traceListSchema,
  },
  {
    path: "/api/traces/facets",
    summary: "Counts of the traces a list has, by value and over time",
    query: traceListQuerySchema,
    answer: traceFacetsSchema,
  },
  {
    path: "/api/traces/{traceId}",
    summary: "A trace with its spans",
    query: contentSchema,
    answer: traceSchema,
  },
  {
    path: "/api/traces/{traceId}/spans/{spanId}",
    summary: "A span with what was said in it",
    answer: spanSchema,
  },
  {
    path: "/api/overview",
    summary: "Figures of model calls",
    query: overviewQuerySchema,
    answer: overviewSchema,
  },
  {
    path: "/api/services",
    summary: "What there is to choose from",
    query: rangeSchema,
    answer: pickersSchema,
  },
  {
    path: "/api/logs",
    summary: "Log records, newest first",
    query: logListQuerySchema,
    answer: logListSchema,
  },
  {
    path: "/api/logs/facets",
    summary: "Counts of the records a list has, by value and over time",
    query: logListQuerySchema,
    answer: logFacetsSchema,
  },
  {
    path: "/api/scores",
    summary: "Scores of spans, traces and sessions, newest first",
    query: scoreListQuerySchema,
    answer: scoreListSchema,
  },
  {
    path: "/api/scores",
    method: "post",
    summary: "A new score of a span, a trace or a session",
    body: newScoreSchema,
    status: 201,
    answer: z.object({ id: z.string() }),
  },
  {
    path: "/api/unmapped",
    summary: "Attribute keys that no dialect knows",
    query: unmappedQuerySchema,
    answer: unmappedSchema,
  },
  { path: "/api/ingest", summary: "What was received and what became of it", answer: ingestSchema },
  {
    path: "/api/server",
    summary: "How the server itself is doing; for the project default alone",
    answer: serverSchema,
  },
  {
    path: "/api/live",
    summary: "Waits until something is stored",
    query: liveQuerySchema,
    answer: liveSchema,
  },
  { path: "/api/health", summary: "Health of the server's parts", answer: healthSchema },
  { path: "/.well-known/health", summary: "Health of the server's parts", answer: healthSchema },
  ...ALERT_ROUTES,
  ...COST_ROUTES,
  ...KEY_ROUTES,
];

/** The API as an OpenAPI 3.1 document, from the contract's schemas. */
export function renderOpenApi(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of ROUTES) {
    paths[route.path] = { ...paths[route.path], [route.method ?? "get"]: renderOperation(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Spanlight", version },
    paths,
    components: { schemas: { Problem: toSchema(problemSchema, "output") } },
  };
}

function renderOperation({ path, summary, query, body, answer, status = 200 }: Route): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    required: false,
    schema: toSchema(schema as z.ZodType, "input"), // a shape's members are schemas; its type says less
  }));
  return {
    summary,
    parameters: [...inPath, ...inQuery],
    ...(body === undefined ? {} : { requestBody: { required: true, content: toContent(body, "input") } }),
    responses: {
      [status]: {
        description: "OK",
        ...(answer === undefined ? {} : { content: toContent(answer, "output") }),
      },
      default: {
        description: "Problem",
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

function toContent(schema: z.ZodType, io: "input" | "output"): object {
  return { "application/json": { schema: toSchema(schema, io) } };
}

function toSchema(schema: z.ZodType, io: "input" | "output"): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
