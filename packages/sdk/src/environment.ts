/** Environment variables, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A boolean variable, `true` or `1` in any case; undefined when it is not set or empty. */
export function readBoolean(environment: Environment, name: string): boolean | undefined {
  const text = environment[name]?.trim().toLowerCase();
  if (text === undefined || text === "") return undefined;
  return text === "true" || text === "1";
}

/** A number from 0 up; anything else is reported and ignored. */
export function readNumber(
  environment: Environment,
  name: string,
  warn: (sentence: string) => void,
): number | undefined {
  const text = environment[name]?.trim();
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  warn(`${name}=${text} is not a number from 0 up and is ignored`);
  return undefined;
}

/** A comma-separated list without empty entries; undefined when the variable is not set. */
export function readList(environment: Environment, name: string): readonly string[] | undefined {
  const text = environment[name];
  if (text === undefined || text.trim() === "") return undefined;
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** The first of `choices` that stands in a comma-separated list. */
export function readChoice(
  environment: Environment,
  name: string,
  choices: readonly string[],
): string | undefined {
  const list = readList(environment, name) ?? [];
  return choices.find((choice) => list.includes(choice));
}

/** `key=value,key=value` with percent-encoded values (W3C baggage form), as headers and resource attributes are written. */
export function readPairs(environment: Environment, name: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const entry of readList(environment, name) ?? []) {
    const split = entry.indexOf("=");
    if (split <= 0) continue;
    const value = entry.slice(split + 1).trim();
    pairs[decode(entry.slice(0, split).trim())] = decode(value);
  }
  return pairs;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
