// Values of Go templates. A float64 is a number, an int is a bigint, so that `eq 1 1.0` and `%d` mean what they do in Go.

/** A Go struct: fields are fixed, an unknown one is an error. */
export interface Struct {
  readonly kind: "struct";
  readonly typeName: string;
  readonly fields: Readonly<Record<string, Value>>;
}

/** A Go map with string keys; a missing key gives `zero`. */
export interface Dictionary {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Value>;
  readonly zero: Value;
}

export interface List {
  readonly kind: "list";
  readonly items: readonly Value[];
}

/** A point in time (`time.Time`, UTC). */
export interface Time {
  readonly kind: "time";
  readonly ms: number;
}

/** A span of time (`time.Duration`). */
export interface Duration {
  readonly kind: "duration";
  readonly seconds: number;
}

/** `undefined` stands for Go's missing value (`<no value>`). */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Struct
  | Dictionary
  | List
  | Time
  | Duration;

/** One element of a query's answer inside templates: `.Labels` and `.Value`. */
export interface QuerySample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export function toDictionary(record: Readonly<Record<string, string>>): Dictionary {
  return { kind: "map", entries: new Map(Object.entries(record)), zero: "" };
}

export function toSampleValue({ labels, value }: QuerySample): Struct {
  const fields = { Labels: toDictionary(labels), Value: value };
  return { kind: "struct", typeName: "template.sample", fields };
}

/** Go's name of a value's type, for error messages and `%T`. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case "string":
      return "string";
    case "number":
      return "float64";
    case "bigint":
      return "int";
    case "boolean":
      return "bool";
    default:
      return objectTypeName(value ?? null);
  }
}

function objectTypeName(value: Exclude<Value, string | number | bigint | boolean | undefined>): string {
  if (value === null) return "<nil>";
  switch (value.kind) {
    case "struct":
      return `*${value.typeName}`;
    case "map":
      return value.zero === "" ? "map[string]string" : "map[string]interface {}";
    case "list":
      return "template.queryResult";
    case "time":
      return "*time.Time";
    case "duration":
      return "time.Duration";
  }
}

/** Go's truth: not zero, not empty, not nil. */
export function isTrue(value: Value): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value !== "object") return Boolean(value) || Number.isNaN(value);
  if (value.kind === "map") return value.entries.size > 0;
  if (value.kind === "list") return value.items.length > 0;
  return value.kind !== "duration" || value.seconds !== 0;
}
