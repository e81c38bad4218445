import type {
  AlertRule,
  AlertRuleList,
  Backtest,
  BacktestRequest,
  NewSilence,
  ReceiverList,
  RuleCheck,
  RuleFile,
  RuleFileList,
  RuleHistory,
  Silence,
  SilenceList,
} from "@spanlight/contract";
import {
  keepPreviousData,
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import { refreshIntervalMs } from "../lib/refresh.ts";
import { resolveRange } from "../lib/time-range.ts";
import type { View } from "../lib/view.ts";
import { getJson, sendJson } from "./request.ts";
import { periodParameters } from "./use-overview.ts";

const REFRESH_MS = 5_000;

/** Every rule with its alerts, and whether the files on disk are the ones in operation. */
export function useAlertRules(): UseQueryResult<AlertRuleList> {
  return useQuery({
    queryKey: ["alerts", "rules"],
    refetchInterval: REFRESH_MS,
    queryFn: ({ signal }) => getJson<AlertRuleList>("/api/alerts/rules", {}, signal),
  });
}

export function useAlertRule(ruleId: string): UseQueryResult<AlertRule> {
  return useQuery({
    queryKey: ["alerts", "rule", ruleId],
    refetchInterval: REFRESH_MS,
    queryFn: ({ signal }) =>
      getJson<AlertRule>(`/api/alerts/rules/${encodeURIComponent(ruleId)}`, {}, signal),
  });
}

/** When which alert of the rule was pending or firing over the view's range, and its last evaluations. */
export function useRuleHistory(ruleId: string, view: View): UseQueryResult<RuleHistory> {
  return useQuery({
    queryKey: ["alerts", "history", ruleId, view.range],
    refetchInterval: refreshIntervalMs(view),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const period = resolveRange(view.range, Date.now());
      const path = `/api/alerts/rules/${encodeURIComponent(ruleId)}/history`;
      return getJson<RuleHistory>(path, { ...periodParameters(period), limit: 50 }, signal);
    },
  });
}

export function useSilences(): UseQueryResult<SilenceList> {
  return useQuery({
    queryKey: ["alerts", "silences"],
    refetchInterval: REFRESH_MS,
    queryFn: ({ signal }) => getJson<SilenceList>("/api/alerts/silences", {}, signal),
  });
}

export function useReceivers(): UseQueryResult<ReceiverList> {
  return useQuery({
    queryKey: ["alerts", "receivers"],
    refetchInterval: REFRESH_MS,
    queryFn: ({ signal }) => getJson<ReceiverList>("/api/alerts/receivers", {}, signal),
  });
}

export function useRuleFiles(): UseQueryResult<RuleFileList> {
  return useQuery({
    queryKey: ["alerts", "files"],
    queryFn: ({ signal }) => getJson<RuleFileList>("/api/alerts/files", {}, signal),
  });
}

/** The text of a rule file; asked once, because it is being edited. */
export function useRuleFile(fileId: string | null): UseQueryResult<RuleFile> {
  return useQuery({
    queryKey: ["alerts", "file", fileId],
    enabled: fileId !== null,
    staleTime: Infinity,
    queryFn: ({ signal }) =>
      getJson<RuleFile>(`/api/alerts/files/${encodeURIComponent(fileId ?? "")}`, {}, signal),
  });
}

/** The problems of a text that is being written. */
export function useRuleCheck(rules: string): UseQueryResult<RuleCheck> {
  return useQuery({
    queryKey: ["alerts", "check", rules],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => sendJson<RuleCheck>("POST", "/api/alerts/check", { rules }, signal),
  });
}

/** Something that is changed; what the pages show of alerts is read again afterwards. */
function useChange<Input, Output>(
  change: (input: Input) => Promise<Output>,
): UseMutationResult<Output, Error, Input> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ["alerts"] }),
  });
}

export function useSilencing(): UseMutationResult<Silence, Error, NewSilence> {
  return useChange((silence) => sendJson<Silence>("POST", "/api/alerts/silences", silence));
}

export function useEndSilence(): UseMutationResult<unknown, Error, string> {
  return useChange((id) => sendJson("DELETE", `/api/alerts/silences/${encodeURIComponent(id)}`));
}

/** Writes a file: a new one without an id. */
export function useSaveRules(): UseMutationResult<
  RuleFile,
  Error,
  { id: string | null; name: string; text: string; version: string | undefined }
> {
  return useChange(({ id, name, text, version }) =>
    id === null
      ? sendJson<RuleFile>("POST", "/api/alerts/files", { name, text })
      : sendJson<RuleFile>("PUT", `/api/alerts/files/${encodeURIComponent(id)}`, {
          text,
          ...(version === undefined ? {} : { version }),
        }),
  );
}

export function useBacktest(): UseMutationResult<Backtest, Error, BacktestRequest> {
  return useMutation({
    mutationFn: (request) => sendJson<Backtest>("POST", "/api/alerts/backtest", request),
  });
}

/** The labels of a series of the metric that a rule looks at, and its values at the steps. */
export interface ObservedSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

interface RangeAnswer {
  data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
}

/** What a rule looks at, over the view's range. */
export function useObserved(
  expression: string | null,
  view: View,
): UseQueryResult<{ series: ObservedSeries[]; fromMs: number; toMs: number; stepSeconds: number }> {
  return useQuery({
    queryKey: ["alerts", "observed", expression, view.range],
    enabled: expression !== null,
    refetchInterval: refreshIntervalMs(view),
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const { fromMs, toMs } = resolveRange(view.range, Date.now());
      const stepSeconds = Math.max(10, Math.ceil((toMs - fromMs) / 1000 / 240 / 10) * 10);
      const start = Math.floor(fromMs / 1000 / stepSeconds) * stepSeconds;
      const end = Math.floor(toMs / 1000 / stepSeconds) * stepSeconds;
      const answer = await getJson<RangeAnswer>(
        "/prometheus/api/v1/query_range",
        { query: expression ?? "", start, end, step: stepSeconds },
        signal,
      );
      const series = answer.data.result.map(({ metric, values }) => ({ labels: metric, values }));
      return { series, fromMs, toMs, stepSeconds };
    },
  });
}
