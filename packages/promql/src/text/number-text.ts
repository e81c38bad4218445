// Numbers as Go's strconv writes them.

function nameSpecial(value: number): string | null {
  if (Number.isNaN(value)) return "NaN";
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return null;
}

/** Shortest digits that read back as the same number: `digits` × 10^(exponent - digits + 1). */
function split(value: number): { sign: string; digits: string; exponent: number } {
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const [mantissa = "0", exponent = "0"] = Math.abs(value).toExponential().split("e");
  return { sign, digits: mantissa.replace(".", ""), exponent: Number(exponent) };
}

function writeExponent(digits: string, exponent: number): string {
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${size}`;
}

function writePlain(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits.padEnd(exponent + 1, "0");
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** The value of a series as the HTTP API writes it: plain decimals, exponents below 1e-6 and from 1e21. */
export function formatValue(value: number): string {
  const special = nameSpecial(value);
  if (special !== null) return special;
  const { sign, digits, exponent } = split(value);
  const plain = value === 0 || (exponent >= -6 && exponent < 21 && Math.abs(value) >= 1e-6);
  return sign + (plain ? writePlain(digits, exponent) : writeExponent(digits, exponent));
}

/** Go's `%g` (shortest): exponents below 1e-4 and from 1e6. Used in printing, annotations and errors. */
export function formatGeneral(value: number): string {
  const special = nameSpecial(value);
  if (special !== null) return special;
  const { sign, digits, exponent } = split(value);
  const plain = value === 0 || (exponent >= -4 && exponent < 6);
  return sign + (plain ? writePlain(digits, exponent) : writeExponent(digits, exponent));
}

/** Go's `%.<precision>g`. */
export function formatGeneralWith(value: number, precision: number): string {
  const special = nameSpecial(value);
  if (special !== null) return special;
  const { sign, digits, exponent } = split(Number(value.toPrecision(precision)));
  const plain = value === 0 || (exponent >= -4 && exponent < precision);
  return sign + (plain ? writePlain(digits, exponent) : writeExponent(digits, exponent));
}

/** Full decimals without exponent (Go's `'f', -1`): labels of `count_values`, scalars of the HTTP API. */
export function formatDecimal(value: number): string {
  const special = nameSpecial(value);
  if (special !== null) return special;
  const { sign, digits, exponent } = split(value);
  return sign + (value === 0 ? "0" : writePlain(digits, exponent));
}

/** The exponent form of alert values (Go's `'e', -1`): `2e+00`. */
export function formatScientific(value: number): string {
  const special = nameSpecial(value);
  if (special !== null) return special;
  const { sign, digits, exponent } = split(value);
  return sign + writeExponent(digits, exponent);
}

/** As in OpenMetrics: like `%g`, but integers get `.0`. `histogram_quantiles` writes its label so. */
export function formatOpenMetrics(value: number): string {
  const text = formatGeneral(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

const INTEGER = /^[+-]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|\d[\d_]*)$/;
const FLOAT = /^[+-]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?$/;
const SPECIALS: Readonly<Record<string, number>> = {
  inf: Infinity,
  "+inf": Infinity,
  "-inf": -Infinity,
  infinity: Infinity,
  "+infinity": Infinity,
  "-infinity": -Infinity,
  nan: NaN,
};

function readInteger(text: string): number | null {
  if (!INTEGER.test(text)) return null;
  const negative = text.startsWith("-");
  const body = text.replace(/^[+-]/, "").replaceAll("_", "");
  const octal = /^0o?([0-7]+)$/i.exec(body);
  const value = octal === null ? Number(body) : Number.parseInt(octal[1] ?? "", 8);
  return negative ? -value : value;
}

/** Reads decimal text (`0.5`, `1e3`, `+Inf`) as Go's ParseFloat, or null. */
export function parseFloatText(text: string): number | null {
  const special = SPECIALS[text.toLowerCase()];
  if (special !== undefined) return special;
  return FLOAT.test(text) ? Number(text.replaceAll("_", "")) : null;
}

/** Reads a number literal as Go does (integers in any base, then floats), or null. */
export function parseNumber(text: string): number | null {
  const integer = readInteger(text);
  return integer !== null && Number.isFinite(integer) ? integer : parseFloatText(text);
}
