// Token counts given as one JSON object, in the conventions' terms: input includes cached, output includes reasoning tokens.

/** -1 = not said. */
export interface UsageDetails {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly reasoning: number;
}

type Part = keyof UsageDetails;

export const noUsage: UsageDetails = { input: -1, output: -1, cacheRead: -1, cacheWrite: -1, reasoning: -1 };

const maxTokens = 2 ** 32 - 1;

/**
 * Reads counts that exclude one another, as Langfuse keeps them (`{"input": 56, "input_cached_tokens": 64, "output": 120, …}`): each is
 * added to its side. Undefined for anything that is no such object.
 */
export function readExclusiveUsage(text: string): UsageDetails | undefined {
  const counts = readCounts(text);
  if (counts === undefined) return undefined;
  if (isInclusive(new Map(counts))) return readInclusiveUsage(text);
  const usage = new Sums();
  for (const [key, count] of counts) {
    if (key.includes(".") || key.startsWith("total")) continue; // parts of a count that is there itself, and sums
    const detail = toDetail(key);
    if (detail !== undefined) usage.add(detail, count);
    const side = toSide(key, detail);
    if (side !== undefined) usage.add(side, count);
  }
  for (const [key, count] of counts) {
    const detail = key.includes(".") ? toDetail(key) : undefined;
    if (detail !== undefined) usage.add(detail, count);
  }
  return usage.finish();
}

/** The wrapper of langfuse 3 hands on OpenAI's counts as they are: then input and output alone make the total. */
function isInclusive(counts: ReadonlyMap<string, number>): boolean {
  const total = counts.get("total");
  return (
    total !== undefined && total > 0 && (counts.get("input") ?? 0) + (counts.get("output") ?? 0) === total
  );
}

/** Reads counts whose details are parts of the totals, as providers answer and MLflow and LangChain keep them. */
export function readInclusiveUsage(text: string): UsageDetails | undefined {
  const counts = readCounts(text);
  if (counts === undefined) return undefined;
  const usage = new Sums();
  for (const [key, count] of counts) {
    const detail = toDetail(key);
    const isTotal = !key.includes(".") && !key.startsWith("total");
    const side = detail === undefined && isTotal ? toSide(key, detail) : undefined;
    const part = detail ?? side;
    if (part !== undefined) usage.add(part, count);
  }
  return usage.finish();
}

class Sums {
  private readonly sums: Record<Part, number> = { ...noUsage };
  private isEmpty = true;

  add(part: Part, count: number): void {
    this.isEmpty = false;
    this.sums[part] = Math.min(maxTokens, Math.max(0, this.sums[part]) + count);
  }

  finish(): UsageDetails | undefined {
    return this.isEmpty ? undefined : this.sums;
  }
}

function toDetail(key: string): Part | undefined {
  if (/cache_?(creation|write)|cacheWrite|cacheCreation/.test(key)) return "cacheWrite";
  if (/cached|cache_?read|cacheRead/.test(key)) return "cacheRead";
  return key.includes("reasoning") ? "reasoning" : undefined;
}

function toSide(key: string, detail: Part | undefined): "input" | "output" | undefined {
  if (detail === "reasoning" || /output|completion/.test(key)) return "output";
  return detail !== undefined || /input|prompt/.test(key) ? "input" : undefined;
}

/** Non-negative counts by key; those of an object inside as `outer.inner`. */
function readCounts(text: string): [key: string, count: number][] | undefined {
  const parsed = parseObject(text);
  if (parsed === undefined) return undefined;
  return Object.entries(parsed).flatMap(([key, value]) =>
    typeof value === "object" && value !== null
      ? pickCounts(value, `${key}.`)
      : pickCounts({ [key]: value }, ""),
  );
}

function pickCounts(object: object, prefix: string): [key: string, count: number][] {
  return Object.entries(object).flatMap(([key, value]: [string, unknown]) =>
    isCount(value) ? [[`${prefix}${key}`, Math.trunc(value)] satisfies [string, number]] : [],
  );
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && Number.isFinite(value);
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined; // whatever it is stays an attribute
  }
}
