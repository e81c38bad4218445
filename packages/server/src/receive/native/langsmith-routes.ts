// LangSmith's run API: runs in forms or JSON, created and patched; feedback. Source: langsmith 0.10, as it sends by default.
import { randomUUID } from "node:crypto";
import type { Hono } from "hono";
import type { JsonObject } from "../../decode/json-fields.ts";
import { senderOf, type Door } from "../door.ts";
import { toSpanId, toTraceId } from "./ids.ts";
import { recordOf, recordsOf, textOf } from "./json.ts";
import { readFormAttachments, readFormFeedback, readFormRuns } from "./langsmith-form.ts";
import { readMultipart } from "./multipart.ts";
import { answerBody, answerJson, type DoorContext, type NativeDoorOptions } from "./native-door.ts";
import type { Part, Score } from "./part.ts";

/** What the SDK sends is cut to this size, in bytes. */
const batchLimits = {
  use_multipart_endpoint: true,
  size_limit: 100,
  size_limit_bytes: 20_971_520,
  scale_up_qsize_trigger: 1000,
  scale_up_nthreads_limit: 16,
  scale_down_nempty_trigger: 4,
};

/** The SDK's base URL may end in `/api/v1`, as that of a server of LangSmith's own does. */
const prefixes = ["", "/api/v1"] as const;

export function addLangSmithRoutes(app: Hono<Door>, options: NativeDoorOptions): void {
  const { intake, project } = options;
  const accept = async (context: DoorContext, runs: readonly JsonObject[]): Promise<void> => {
    const sdk = readSdk(context.req.header("user-agent") ?? "");
    await intake.accept(
      senderOf(context, project),
      runs.flatMap((run) => toPart(run, sdk)),
    );
  };
  for (const prefix of prefixes) {
    app.get(`${prefix}/info`, (context) =>
      context.json({ version: "0.12.0", batch_ingest_config: batchLimits }),
    );
    app.post(`${prefix}/runs/multipart`, (context) =>
      answerBody(context, options, async (body) => {
        const form = readMultipart(context.req.header("content-type") ?? "", body);
        const runs = readFormRuns(form);
        await accept(context, runs);
        const files = readFormAttachments(form, runs, options.now());
        if (files.length > 0) await intake.acceptLogs(senderOf(context, project), files);
        await acceptFeedback(context, options, readFormFeedback(form));
        return context.json({ message: "taken" }, 202);
      }),
    );
    app.post(`${prefix}/runs/batch`, (context) =>
      answerJson(context, options, async (value) => {
        const { post, patch } = recordOf(value);
        await accept(context, [...recordsOf(post), ...recordsOf(patch)]);
        return context.json({ message: "taken" }, 202);
      }),
    );
    app.post(`${prefix}/runs`, (context) =>
      answerJson(context, options, async (value) => {
        await accept(context, [recordOf(value)]);
        return context.json({ message: "taken" }, 202);
      }),
    );
    app.patch(`${prefix}/runs/:id`, (context) =>
      answerJson(context, options, async (value) => {
        await accept(context, [{ ...recordOf(value), id: context.req.param("id") }]);
        return context.json({ message: "taken" });
      }),
    );
    addFeedback(app, options, `${prefix}/feedback`);
    addFeedbackChange(app, options, `${prefix}/feedback`);
  }
}

function addFeedback(app: Hono<Door>, options: NativeDoorOptions, path: string): void {
  app.post(path, (context) =>
    answerJson(context, options, async (value) => {
      const feedback = { id: randomUUID(), ...recordOf(value) };
      await acceptFeedback(context, options, [feedback]);
      return context.json(feedback);
    }),
  );
}

/** Feedback that changes: only what is given of it, and null for what is taken back. */
function addFeedbackChange(app: Hono<Door>, options: NativeDoorOptions, path: string): void {
  const { intake, project, now } = options;
  app.patch(`${path}/:id`, (context) =>
    answerJson(context, options, async (value) => {
      const id = context.req.param("id") ?? "";
      const before = await intake.scores.find(project, id);
      if (before === undefined) return context.json({ detail: `no feedback has the id ${id}` }, 404);
      const {
        score = before.value,
        value: label = before.label,
        comment = before.explanation,
      } = recordOf(value);
      const changed = {
        ...before,
        value: toNumber(score),
        label: textOf(label),
        explanation: textOf(comment),
      };
      await intake.acceptScores(senderOf(context, project), [{ ...changed, timeMs: now() }]);
      return context.json({ id, key: before.name, score: changed.value ?? null });
    }),
  );
}

function toNumber(score: unknown): number | undefined {
  if (typeof score === "boolean") return Number(score);
  return typeof score === "number" ? score : undefined;
}

function acceptFeedback(
  context: DoorContext,
  options: NativeDoorOptions,
  feedback: readonly JsonObject[],
): Promise<void> {
  const scores = feedback.map((each) => toScore(each, options));
  return options.intake.acceptScores(senderOf(context, options.project), scores);
}

function toPart(fields: JsonObject, sdk: Part["sdk"]): Part[] {
  const id = textOf(fields["id"]);
  if (id === "") return [];
  return [{ source: "langsmith", kind: "span", id, traceId: textOf(fields["trace_id"]), sdk, fields }];
}

/** `langsmith-js/0.10.5` */
function readSdk(userAgent: string): Part["sdk"] {
  const match = /^(langsmith[\w-]*)\/(\S+)/i.exec(userAgent);
  return { name: match?.[1] ?? "langsmith", version: match?.[2] ?? "" };
}

function toScore(body: JsonObject, { intake, project, now }: NativeDoorOptions): Score {
  const run = textOf(body["run_id"]);
  const { score, value } = body;
  const traceId = toTraceId(textOf(body["trace_id"])) || intake.findTraceId(project, "langsmith", run);
  return {
    id: textOf(body["id"]) || randomUUID(),
    traceId,
    spanId: toSpanId(run),
    sessionId: "",
    name: textOf(body["key"]),
    value: toNumber(score),
    label: textOf(value),
    explanation: textOf(body["comment"]),
    origin: textOf(recordOf(body["feedback_source"])["type"]) || "api",
    timeMs: now(),
  };
}
