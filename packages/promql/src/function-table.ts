import type { ValueType } from "./ast.ts";

export interface FunctionSignature {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  /** How many of the last parameters may be missing or repeated; -1 = any number of the last one. */
  readonly variadic: number;
  readonly returns: ValueType;
  readonly experimental: boolean;
}

const VECTOR = "instant vector";
const RANGE = "range vector";
const SCALAR = "scalar";
const STRING = "string";

function define(
  names: string,
  parameters: readonly ValueType[],
  options: { variadic?: number; returns?: ValueType; experimental?: boolean } = {},
): FunctionSignature[] {
  const { variadic = 0, returns = VECTOR, experimental = false } = options;
  return names.split(" ").map((name) => ({ name, parameters, variadic, returns, experimental }));
}

const experimental = true;
const returns = SCALAR;

const SIGNATURES: readonly FunctionSignature[] = [
  ...define(
    "abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg " +
      "histogram_count histogram_stddev histogram_stdvar histogram_sum ln log10 log2 rad sgn sin " +
      "sinh sort sort_desc sqrt tan tanh timestamp",
    [VECTOR],
  ),
  ...define(
    "absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta " +
      "increase irate last_over_time max_over_time min_over_time present_over_time rate resets " +
      "stddev_over_time stdvar_over_time sum_over_time",
    [RANGE],
  ),
  ...define("day_of_month day_of_week day_of_year days_in_month hour minute month year", [VECTOR], {
    variadic: 1,
  }),
  ...define("clamp", [VECTOR, SCALAR, SCALAR]),
  ...define("clamp_max clamp_min", [VECTOR, SCALAR]),
  ...define("histogram_fraction", [SCALAR, SCALAR, VECTOR]),
  ...define("histogram_quantile", [SCALAR, VECTOR]),
  ...define("label_join", [VECTOR, STRING, STRING, STRING], { variadic: -1 }),
  ...define("label_replace", [VECTOR, STRING, STRING, STRING, STRING]),
  ...define("pi time", [], { returns }),
  ...define("predict_linear", [RANGE, SCALAR]),
  ...define("quantile_over_time", [SCALAR, RANGE]),
  ...define("round", [VECTOR, SCALAR], { variadic: 1 }),
  ...define("scalar", [VECTOR], { returns }),
  ...define("vector", [SCALAR]),
  ...define("double_exponential_smoothing", [RANGE, SCALAR, SCALAR], { experimental }),
  ...define("end range start step", [], { returns, experimental }),
  ...define("histogram_quantiles", [VECTOR, STRING, SCALAR, SCALAR], { variadic: 9, experimental }),
  ...define("info", [VECTOR, VECTOR], { variadic: 1, experimental }),
  ...define("mad_over_time", [RANGE], { experimental }),
  ...define("max_of min_of", [SCALAR, SCALAR], { returns, experimental }),
  ...define("sort_by_label sort_by_label_desc", [VECTOR, STRING], { variadic: -1, experimental }),
  ...define("start_timestamp", [VECTOR], { experimental }),
  ...define("ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time", [RANGE], {
    experimental,
  }),
];

const BY_NAME = new Map(SIGNATURES.map((signature) => [signature.name, signature]));

/** The signature of a function, or null when PromQL has none of that name. */
export function findFunction(name: string): FunctionSignature | null {
  return BY_NAME.get(name) ?? null;
}

/** All functions, for completion lists and documentation. */
export function listFunctions(): readonly FunctionSignature[] {
  return SIGNATURES;
}
