import { type Column } from "../columns.ts";

/** Go's math.Max: +Inf wins over NaN. */
export function goMax(left: number, right: number): number {
  if (left === Infinity || right === Infinity) return Infinity;
  return Math.max(left, right);
}

/** Go's math.Min: -Inf wins over NaN. */
export function goMin(left: number, right: number): number {
  if (left === -Infinity || right === -Infinity) return -Infinity;
  return Math.min(left, right);
}

/** Go's math.Pow: 1 to any power is 1, also to NaN; -1 to ±Inf is 1. */
export function goPow(base: number, exponent: number): number {
  if (base === 1) return 1;
  if (base === -1 && (exponent === Infinity || exponent === -Infinity)) return 1;
  return base ** exponent;
}

type Unary = (value: number) => number;

export const UNARY_FUNCTIONS: Readonly<Record<string, Unary>> = {
  abs: Math.abs,
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  ceil: Math.ceil,
  cos: Math.cos,
  cosh: Math.cosh,
  deg: (value) => (value * 180) / Math.PI,
  exp: Math.exp,
  floor: Math.floor,
  ln: Math.log,
  log10: Math.log10,
  log2: Math.log2,
  rad: (value) => (value * Math.PI) / 180,
  sgn: (value) => (value < 0 ? -1 : value > 0 ? 1 : value),
  sin: Math.sin,
  sinh: Math.sinh,
  sqrt: Math.sqrt,
  tan: Math.tan,
  tanh: Math.tanh,
};

/** A column with every value replaced; the metric name is to be dropped. */
export function mapColumn(column: Column, map: (value: number, step: number) => number): Column {
  const { labels, present } = column;
  const values = new Float64Array(column.values.length);
  for (let i = 0; i < values.length; i++) {
    if (present[i] === 1) values[i] = map(column.values[i] ?? NaN, i);
  }
  return { labels, dropName: true, values, present };
}

/** `round(v, nearest)`: ties go up. */
export function roundTo(columns: readonly Column[], nearest: Float64Array): Column[] {
  return columns.map((column) =>
    mapColumn(column, (value, step) => {
      const inverse = 1 / (nearest[step] ?? NaN);
      return Math.floor(value * inverse + 0.5) / inverse;
    }),
  );
}

/** `clamp(v, least, most)`: nothing where `most < least`. */
export function clamp(
  columns: readonly Column[],
  bounds: { least: Float64Array; most: Float64Array },
): Column[] {
  return columns.map((column) => {
    const clamped = mapColumn(column, (value, step) =>
      goMax(bounds.least[step] ?? NaN, goMin(bounds.most[step] ?? NaN, value)),
    );
    const present = column.present.map((one, step) =>
      (bounds.most[step] ?? NaN) < (bounds.least[step] ?? NaN) ? 0 : one,
    );
    return { ...clamped, present };
  });
}
