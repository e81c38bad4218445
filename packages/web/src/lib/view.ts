import { DEFAULT_RANGE, readRange, writeRange, type Against, type TimeRange } from "./time-range.ts";

/** Filters of traces and model calls, named as the API names them. */
export const FILTER_NAMES = [
  "service",
  "environment",
  "endpoint",
  "provider",
  "model",
  "operation",
  "errorType",
  "status",
  "minDurationMs",
  "maxDurationMs",
  "minCostUsd",
  "user",
  "session",
  "prompt",
  "q",
] as const;

export type FilterName = (typeof FILTER_NAMES)[number];
export type Filters = Partial<Record<FilterName, string>>;

/** What every page shows, all of it read from the address. */
export interface View {
  range: TimeRange;
  against: Against;
  live: boolean;
  filters: Filters;
}

export const DEFAULT_VIEW: View = { range: DEFAULT_RANGE, against: "yesterday", live: true, filters: {} };

const againstValues: readonly Against[] = ["yesterday", "week", "previous", "nothing"];

/** Reads the view that a query string describes; what it does not say is the default. */
export function readView(search: string): View {
  const params = new URLSearchParams(search);
  const filters: Filters = {};
  for (const name of FILTER_NAMES) {
    const value = params.get(name);
    if (value !== null && value !== "") filters[name] = value;
  }
  return {
    range: readRange(params),
    against: againstValues.find((value) => value === params.get("against")) ?? DEFAULT_VIEW.against,
    live: params.get("live") !== "off",
    filters,
  };
}

/** Writes a view into the query string `search`; parameters that belong to a page alone stay as they are. */
export function writeView(view: View, search = ""): string {
  const params = new URLSearchParams(search);
  writeRange(view.range, params);
  setOrDelete(params, "against", view.against === DEFAULT_VIEW.against ? undefined : view.against);
  setOrDelete(params, "live", view.live ? undefined : "off");
  for (const name of FILTER_NAMES) setOrDelete(params, name, view.filters[name]);
  return toSearch(params);
}

/** Sets one parameter that belongs to a page alone, or removes it when the value is undefined. */
export function writeParameter(search: string, name: string, value: string | undefined): string {
  const params = new URLSearchParams(search);
  setOrDelete(params, name, value);
  return toSearch(params);
}

/** The address of a page that shows `view`. */
export function addressOf(path: string, view: View): string {
  return `${path}${writeView(view)}`;
}

/** The view without filters that only narrow a list of traces, for moving to another page. */
export function sharedView(view: View): View {
  const { service, environment } = view.filters;
  return {
    ...view,
    filters: {
      ...(service === undefined ? {} : { service }),
      ...(environment === undefined ? {} : { environment }),
    },
  };
}

function setOrDelete(params: URLSearchParams, name: string, value: string | undefined): void {
  if (value === undefined || value === "") params.delete(name);
  else params.set(name, value);
}

function toSearch(params: URLSearchParams): string {
  const text = params.toString().replaceAll("%3A", ":").replaceAll("%2F", "/");
  return text === "" ? "" : `?${text}`;
}
