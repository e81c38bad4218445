import { compileMatchers, formatScientific, labelsFrom } from "@spanlight/promql";
import type { Hono } from "hono";
import { answerData, badParameter } from "./answer.ts";
import { readForm, readMatcherSets } from "./parameters.ts";

/** An alert of a rule. Times in Unix milliseconds. */
export interface RuleAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing";
  readonly activeAtMs: number;
  readonly value: number;
  readonly keepFiringSinceMs: number | null;
}

export interface Rule {
  readonly kind: "alerting" | "recording";
  readonly name: string;
  readonly query: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly state: "inactive" | "pending" | "firing";
  readonly health: "unknown" | "ok" | "err";
  readonly lastError: string | null;
  readonly lastEvaluationMs: number | null;
  readonly evaluationDurationMs: number;
  readonly alerts: readonly RuleAlert[];
}

/** What the rule engine tells of a group. */
export interface RuleGroup {
  readonly file: string;
  readonly name: string;
  readonly intervalMs: number;
  readonly limit: number;
  readonly lastEvaluationMs: number | null;
  readonly evaluationDurationMs: number;
  readonly rules: readonly Rule[];
}

/** `rules` and `alerts`. */
export function addRuleRoutes(api: Hono, listRuleGroups: () => readonly RuleGroup[]): void {
  api.get("/rules", async (context) => {
    const { groups, nextToken } = selectGroups(await readForm(context), sortGroups(listRuleGroups()));
    const next = nextToken === undefined ? {} : { groupNextToken: nextToken };
    return answerData(JSON.stringify({ groups, ...next }));
  });
  api.get("/alerts", () => {
    const rules = sortGroups(listRuleGroups()).flatMap((group) => group.rules);
    return answerData(JSON.stringify({ alerts: rules.flatMap((rule) => rule.alerts.map(toAlert)) }));
  });
}

/** In the order of Prometheus: by file, then by name. */
function sortGroups(groups: readonly RuleGroup[]): readonly RuleGroup[] {
  const compare = (left: string, right: string): number => (left === right ? 0 : left < right ? -1 : 1);
  return groups.toSorted((left, right) => compare(left.file, right.file) || compare(left.name, right.name));
}

const NEVER = "0001-01-01T00:00:00Z";

function toTime(timeMs: number | null): string {
  return timeMs === null ? NEVER : new Date(timeMs).toISOString();
}

function toAlert(alert: RuleAlert): Record<string, unknown> {
  const { labels, annotations, state, activeAtMs, value, keepFiringSinceMs } = alert;
  return {
    labels,
    annotations,
    state,
    activeAt: toTime(activeAtMs),
    ...(keepFiringSinceMs === null ? {} : { keepFiringSince: toTime(keepFiringSinceMs) }),
    value: formatScientific(value),
  };
}

function toRule(rule: Rule, withAlerts: boolean): Record<string, unknown> {
  const isAlerting = rule.kind === "alerting";
  const own = isAlerting
    ? {
        state: rule.state,
        name: rule.name,
        query: rule.query,
        duration: rule.forMs / 1000,
        keepFiringFor: rule.keepFiringForMs / 1000,
        labels: rule.labels,
        annotations: rule.annotations,
        alerts: withAlerts ? rule.alerts.map(toAlert) : [],
      }
    : { name: rule.name, query: rule.query, labels: rule.labels };
  return {
    ...own,
    health: rule.health,
    ...(rule.lastError === null ? {} : { lastError: rule.lastError }),
    evaluationTime: rule.evaluationDurationMs / 1000,
    lastEvaluation: toTime(rule.lastEvaluationMs),
    type: rule.kind,
  };
}

interface Selected {
  readonly groups: ReadonlyArray<Record<string, unknown>>;
  readonly nextToken: string | undefined;
}

function selectGroups(form: URLSearchParams, groups: readonly RuleGroup[]): Selected {
  const isRuleWanted = createRuleFilter(form);
  const withAlerts = form.get("exclude_alerts") !== "true";
  const wanted = groups.filter(
    ({ name, file }) => isListed(form.getAll("rule_group[]"), name) && isListed(form.getAll("file[]"), file),
  );
  const page = cutPage(form, wanted);
  const shown = page.groups.map((group) => ({
    name: group.name,
    file: group.file,
    rules: group.rules.filter(isRuleWanted).map((rule) => toRule(rule, withAlerts)),
    interval: group.intervalMs / 1000,
    limit: group.limit,
    evaluationTime: group.evaluationDurationMs / 1000,
    lastEvaluation: toTime(group.lastEvaluationMs),
  }));
  const isFiltered = ["type", "rule_name[]", "match[]"].some((name) => form.has(name));
  return {
    groups: isFiltered ? shown.filter(({ rules }) => rules.length > 0) : shown,
    nextToken: page.nextToken,
  };
}

function createRuleFilter(form: URLSearchParams): (rule: Rule) => boolean {
  const type = (form.get("type") ?? "").toLowerCase();
  if (!["", "alert", "record"].includes(type))
    throw badParameter("type", `not supported value ${JSON.stringify(type)}`);
  const matcherSets = readMatcherSets(form).map((matchers) => compileMatchers(matchers));
  const names = form.getAll("rule_name[]");
  return (rule) => {
    if (type === "alert" && rule.kind !== "alerting") return false;
    if (type === "record" && rule.kind !== "recording") return false;
    if (!isListed(names, rule.name)) return false;
    return matcherSets.length === 0 || matcherSets.some((matches) => matches(labelsFrom(rule.labels)));
  };
}

function isListed(list: readonly string[], value: string): boolean {
  return list.length === 0 || list.includes(value);
}

function cutPage(
  form: URLSearchParams,
  groups: readonly RuleGroup[],
): { groups: readonly RuleGroup[]; nextToken: string | undefined } {
  const limit = Number(form.get("group_limit") ?? 0);
  if (!Number.isInteger(limit) || limit < 0) throw badParameter("group_limit", "must be a positive number");
  const token = form.get("group_next_token") ?? "";
  const tokenOf = ({ file, name }: RuleGroup): string => Buffer.from(`${file};${name}`).toString("base64url");
  const from = token === "" ? 0 : groups.findIndex((group) => tokenOf(group) === token);
  if (from < 0) throw badParameter("group_next_token", "invalid group_next_token");
  const page = limit === 0 ? groups.slice(from) : groups.slice(from, from + limit);
  const next = groups[from + page.length];
  return { groups: page, nextToken: next === undefined ? undefined : tokenOf(next) };
}
