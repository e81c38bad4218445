import {
  backtestRequestSchema,
  newRuleFileSchema,
  newSilenceSchema,
  ruleCheckRequestSchema,
  ruleFileChangeSchema,
  ruleHistoryQuerySchema,
  type ActiveAlertList,
  type AlertRule,
  type AlertRuleList,
  type Backtest,
  type BacktestRequest,
  type Delivery,
  type NewRuleFile,
  type ReceiverList,
  type RuleCheck,
  type RuleCheckRequest,
  type RuleFile,
  type RuleFileChange,
  type RuleFileList,
  type RuleHistory,
  type Silence,
  type SilenceList,
  type SilenceMatcher,
} from "@spanlight/contract";
import { Hono, type Context } from "hono";
import { answerAlertFailure } from "./alerts-failure.ts";
import { BadParameterError, NotFoundError } from "./answer.ts";
import { parseQuery, parseRange, parseTimeMs, parseWith } from "./parameters.ts";
import { readJsonBody } from "./read-json-body.ts";
import { recordChange, type Change } from "./record-change.ts";

/** A stretch of time in Unix milliseconds. */
export interface MsRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface WantedSilence {
  readonly matchers: readonly SilenceMatcher[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly createdBy: string;
  readonly comment: string;
}

/** What the rules and the notifier answer; null where there is nothing of that name. */
export interface AlertsDesk {
  listAlerts(): ActiveAlertList;
  listRules(): AlertRuleList;
  getRule(ruleId: string): AlertRule | null;
  getHistory(
    ruleId: string,
    question: MsRange & { readonly limit: number; readonly signal: AbortSignal },
  ): Promise<RuleHistory | null>;
  backtest(
    request: Omit<BacktestRequest, "from" | "to"> & MsRange & { readonly signal: AbortSignal },
  ): Promise<Backtest>;
  check(request: RuleCheckRequest): RuleCheck;
  listFiles(): Promise<RuleFileList>;
  getFile(id: string): Promise<RuleFile | null>;
  createFile(file: NewRuleFile): Promise<RuleFile>;
  replaceFile(id: string, change: RuleFileChange): Promise<RuleFile>;
  removeFile(id: string): Promise<void>;
  listSilences(): SilenceList;
  addSilence(silence: WantedSilence): Promise<Silence>;
  endSilence(id: string): Promise<boolean>;
  listReceivers(): ReceiverList;
  sendTest(receiver: string): Promise<Delivery | null>;
}

export interface AlertRoutesOptions {
  readonly desk: AlertsDesk;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** `/api/alerts…`: rules and their history, rule files, silences, receivers. */
export function createAlertRoutes(options: AlertRoutesOptions): Hono {
  const routes = new Hono();
  routes.onError((error) => answerAlertFailure(error));
  routes.get("/", (context) => context.json(options.desk.listAlerts()));
  addRuleRoutes(routes, options);
  addFileRoutes(routes, options);
  addSilenceRoutes(routes, options);
  addReceiverRoutes(routes, options);
  return routes;
}

function addRuleRoutes(routes: Hono, { desk, now }: AlertRoutesOptions): void {
  routes.get("/rules", (context) => context.json(desk.listRules()));
  routes.get("/rules/:ruleId", (context) => {
    const ruleId = context.req.param("ruleId");
    return context.json(desk.getRule(ruleId) ?? refuseRule(ruleId));
  });
  routes.get("/rules/:ruleId/history", async (context) => {
    const ruleId = context.req.param("ruleId");
    const { limit, ...range } = parseQuery(ruleHistoryQuerySchema, context.req.url);
    const { signal } = context.req.raw;
    const question = { ...toMsRange(range, now()), limit, signal };
    return context.json((await desk.getHistory(ruleId, question)) ?? refuseRule(ruleId));
  });
  routes.post("/backtest", async (context) => {
    const { from, to, ...request } = parseWith(backtestRequestSchema, await readJsonBody(context));
    const range = toMsRange({ from: from ?? String(now() - WEEK_MS), to }, now());
    return context.json(await desk.backtest({ ...request, ...range, signal: context.req.raw.signal }));
  });
  routes.post("/check", async (context) =>
    context.json(desk.check(parseWith(ruleCheckRequestSchema, await readJsonBody(context)))),
  );
}

function addFileRoutes(routes: Hono, { desk }: AlertRoutesOptions): void {
  routes.get("/files", async (context) => context.json(await desk.listFiles()));
  routes.post("/files", async (context) => {
    const file = await desk.createFile(parseWith(newRuleFileSchema, await readJsonBody(context)));
    await recordChange(context, { action: "rule_file.create", ...toFileChange(file) });
    return context.json(file, 201);
  });
  routes.get("/files/:id", async (context) => {
    const id = context.req.param("id");
    const file = await desk.getFile(id);
    if (file === null)
      throw new NotFoundError("rule_file_not_found", `there is no rule file with the id ${id}`);
    return context.json(file);
  });
  routes.put("/files/:id", async (context) => {
    const change = parseWith(ruleFileChangeSchema, await readJsonBody(context));
    const file = await desk.replaceFile(context.req.param("id"), change);
    await recordChange(context, { action: "rule_file.change", ...toFileChange(file) });
    return context.json(file);
  });
  routes.delete("/files/:id", async (context) => {
    const id = context.req.param("id");
    const file = await desk.getFile(id);
    await desk.removeFile(id);
    const what = file === null ? { target: id } : toFileChange(file);
    await recordChange(context, { action: "rule_file.remove", ...what });
    return context.body(null, 204);
  });
}

function toFileChange({ id, name, path, version }: RuleFile): Pick<Change, "target" | "detail"> {
  return { target: name, detail: { id, path, version } };
}

function addSilenceRoutes(routes: Hono, { desk, now }: AlertRoutesOptions): void {
  routes.get("/silences", (context) => context.json(desk.listSilences()));
  routes.post("/silences", async (context) => {
    const silence = await desk.addSilence(await readSilence(context, now()));
    const { id, matchers, startsAt, endsAt, createdBy, comment } = silence;
    const detail = { matchers, startsAt, endsAt, createdBy, comment };
    await recordChange(context, { action: "silence.create", target: id, detail });
    return context.json(silence, 201);
  });
  routes.delete("/silences/:id", async (context) => {
    const id = context.req.param("id");
    const isEnded = await desk.endSilence(id);
    if (!isEnded) throw new NotFoundError("silence_not_found", `no silence with the id ${id} is in force`);
    await recordChange(context, { action: "silence.end", target: id });
    return context.body(null, 204);
  });
}

async function readSilence(context: Context, nowMs: number): Promise<WantedSilence> {
  const body = parseWith(newSilenceSchema, await readJsonBody(context));
  const startsAtMs = body.startsAt === undefined ? nowMs : parseTimeMs("startsAt", body.startsAt);
  const endsAtMs =
    body.endsAt === undefined ? startsAtMs + (body.durationMs ?? 0) : parseTimeMs("endsAt", body.endsAt);
  if (endsAtMs <= nowMs)
    throw new BadParameterError("the silence would have ended already: give a later endsAt");
  const { matchers, createdBy, comment } = body;
  return { matchers, startsAtMs, endsAtMs, createdBy, comment };
}

function addReceiverRoutes(routes: Hono, { desk }: AlertRoutesOptions): void {
  routes.get("/receivers", (context) => context.json(desk.listReceivers()));
  routes.post("/receivers/:name/test", async (context) => {
    const name = context.req.param("name");
    await readJsonBody(context);
    const delivery = await desk.sendTest(name);
    if (delivery === null)
      throw new NotFoundError("receiver_not_found", `there is no receiver called ${name}`);
    await recordChange(context, { action: "receiver.test", target: name });
    return context.json(delivery);
  });
}

const WEEK_MS = 7 * 24 * 60 * 60_000;

function refuseRule(ruleId: string): never {
  throw new NotFoundError("rule_not_found", `there is no rule with the id ${ruleId}`);
}

function toMsRange(range: { from?: string | undefined; to?: string | undefined }, nowMs: number): MsRange {
  const { fromNs, toNs } = parseRange(range, nowMs);
  return { fromMs: Number(fromNs / 1_000_000n), toMs: Number(toNs / 1_000_000n) };
}
