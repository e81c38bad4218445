// The doors of other products' SDKs before a store of their own, and a clock that stands still.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { readSettings } from "../../config/config.ts";
import type { TestWay } from "../../ingest/signals.fixture.ts";
import { createIntake } from "../../main/intake.ts";
import { listen } from "../../main/listen.ts";
import type { Door } from "../door.ts";
import { addNativeRoutes } from "./add-native-routes.ts";
import { NativeIntake, type NativeIntakeOptions } from "./native-intake.ts";

export interface Doors {
  readonly url: string;
  readonly project: string;
  readonly intake: NativeIntake;
  /** Lets time pass until everything that is whole was handed over. */
  settle(ms?: number): Promise<void>;
  /** Ends it without handing anything over, as a kill would; the journal goes with it unless it is to be kept. */
  stop(journal?: "kept"): Promise<void>;
  readonly directory: string;
}

let projects = 0;

/** Opens the doors of a project of their own. */
export async function openDoors(
  way: TestWay,
  options: Partial<NativeIntakeOptions> & { project?: string } = {},
): Promise<Doors> {
  const clock = { nowMs: Date.UTC(2026, 10, 21, 6) };
  projects += 1;
  const project = options.project ?? `native-${projects}`;
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), "spanlight-native-"));
  const { signals, bodies } = createIntake(readSettings({ environment: {}, flags: {} }), way.spool);
  const now = (): number => clock.nowMs;
  const log = (): void => undefined;
  const findTraceIds = async (): Promise<Map<string, string>> => new Map();
  const findScore = async (): Promise<undefined> => undefined;
  const intake = await NativeIntake.open({
    signals,
    findTraceIds,
    findScore,
    log,
    now,
    ...options,
    directory,
  });
  const app = new Hono<Door>();
  addNativeRoutes(app, { intake, bodies, log, project, now });
  const http = await listen(app, { host: "127.0.0.1", port: 0 });
  return {
    url: `http://127.0.0.1:${http.port}`,
    project,
    intake,
    directory,
    async settle(ms = 5000) {
      clock.nowMs += ms;
      await intake.flush();
    },
    async stop(journal) {
      await http.close(1000);
      await intake.close();
      if (journal === undefined) rmSync(directory, { recursive: true });
    },
  };
}

export async function send(
  doors: Doors,
  path: string,
  body: unknown,
  init: { method?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${doors.url}${path}`, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
    headers: { "content-type": "application/json", ...init.headers },
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

export interface Row {
  readonly name: string;
  readonly [column: string]: unknown;
}

export function readSpans(way: TestWay, project: string): Promise<Row[]> {
  return way.stored<Row>(`SELECT name, lower(hex(trace_id)) AS traceId, lower(hex(spans.span_id)) AS spanId, lower(hex(parent_span_id)) AS parentId,
    toString(start_time) AS start, duration_ns / 1e6 AS ms, status, status_message AS statusMessage, error_type AS errorType, service, dialect,
    span_type AS type, provider, request_model AS model, response_model AS responseModel, input_tokens AS input, output_tokens AS output,
    cache_read_tokens AS cacheRead, reasoning_tokens AS reasoning, ttft_ms AS ttftMs, finish_reasons AS finish, user_id AS user,
    session_id AS session, release, billed, cost_usd AS cost, scope_name AS scope, scope_version AS version, c.content AS content
    FROM spans LEFT JOIN (SELECT span_id, any(content) AS content FROM contents WHERE project = '${project}' GROUP BY span_id) AS c ON c.span_id = spans.span_id
    WHERE project = '${project}' ORDER BY start_time, name`);
}

export function readLogs(way: TestWay, project: string): Promise<Array<Record<string, unknown>>> {
  return way.stored(`SELECT event_name AS event, lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId, attributes
    FROM logs WHERE project = '${project}' ORDER BY attributes['gen_ai.evaluation.name'], event_name`);
}
