// The questions the shipped rules and the dashboards ask, written once.

/** Narrowing of a question: matchers such as `service=~"$service"`, labels to group by, a window. */
export interface Scope {
  readonly matchers?: string;
  readonly by?: readonly string[];
  readonly window: string;
  /** Looks back: ` offset 1d`. */
  readonly offset?: string;
}

function aggregate(
  func: "rate" | "increase",
  metric: string,
  { matchers = "", by = [], window, offset = "" }: Scope,
): string {
  const selector = matchers === "" ? metric : `${metric}{${matchers}}`;
  const shift = offset === "" ? "" : ` offset ${offset}`;
  const grouping = by.length === 0 ? "" : ` by (${by.join(", ")}) `;
  return `sum${grouping}(${func}(${selector}[${window}]${shift}))`;
}

/** How much a counter grew in the window. */
export function increaseOf(metric: string, scope: Scope): string {
  return aggregate("increase", metric, scope);
}

/** How much a counter grows a second. */
export function rateOf(metric: string, scope: Scope): string {
  return aggregate("rate", metric, scope);
}

/**
 * The part of all that counts as `part`. A group without any `part` is 0, not missing; one without
 * traffic is missing, not NaN.
 */
export function ratioOf(part: string, whole: string, scope: Scope): string {
  const all = rateOf(whole, scope);
  return `(${rateOf(part, scope)} or 0 * ${all}) / (${all} > 0)`;
}

/** Failed requests of all requests. Error series carry `error_type`, which the sum drops. */
export function errorRatio(scope: Scope): string {
  return ratioOf("llm_errors_total", "llm_requests_total", scope);
}

/** A quantile over all series of a group together, not of each series. */
export function quantileOf(quantile: number, histogram: string, scope: Scope): string {
  const by = ["le", ...(scope.by ?? [])];
  return `histogram_quantile(${quantile}, ${rateOf(`${histogram}_bucket`, { ...scope, by })})`;
}

/** The mean score of the traces evaluated in the window, each counted once. */
export function meanScore(score: string, scope: Scope): string {
  return `${increaseOf(`${score}_sum`, scope)} / (${increaseOf(`${score}_count`, scope)} > 0)`;
}

/** Input and output tokens together; a missing one counts as none. */
export function tokensOf(func: "rate" | "increase", scope: Scope): string {
  const [input, output] = ["llm_input_tokens_total", "llm_output_tokens_total"].map((metric) =>
    aggregate(func, metric, scope),
  );
  if ((scope.by ?? []).length === 0) return `(${input} or vector(0)) + (${output} or vector(0))`;
  return `(${input} or 0 * ${output}) + (${output} or 0 * ${input})`;
}

/** USD spent for each request. */
export function costPerRequest(scope: Scope): string {
  return `${increaseOf("llm_cost_dollars_total", scope)} / (${increaseOf("llm_requests_total", scope)} > 0)`;
}
