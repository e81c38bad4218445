// Numbers as Go's fmt writes them.

function nameSpecial(value: number): string | null {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return null;
  return value > 0 ? "+Inf" : "-Inf";
}

function padExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

/** `%e`; without a precision the shortest digits that read back the same. */
export function formatExponent(value: number, precision?: number): string {
  return nameSpecial(value) ?? padExponent(value.toExponential(precision));
}

/** `%f`. */
export function formatFixed(value: number, precision: number): string {
  const special = nameSpecial(value);
  if (special !== null) return special;
  const sign = Object.is(value, -0) ? "-" : "";
  // toFixed gives up from 1e21 on.
  if (Math.abs(value) < 1e21) return sign + value.toFixed(Math.min(precision, 100));
  return `${BigInt(value)}${precision > 0 ? `.${"0".repeat(precision)}` : ""}`;
}

function writePlain(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits.padEnd(exponent + 1, "0");
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** `%g`, and `%v` of a float64: exponents below 1e-4 and from `precision` (6 without one) digits on. */
export function formatGeneral(value: number, precision?: number): string {
  const special = nameSpecial(value);
  if (special !== null) return special;
  const rounded = precision === undefined ? value : Number(value.toPrecision(Math.max(1, precision)));
  const [mantissa = "0", exponentText = "0"] = Math.abs(rounded).toExponential().split("e");
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const exponent = Number(exponentText);
  const isPlain = exponent >= -4 && exponent < (precision ?? 6);
  const digits = mantissa.replace(".", "");
  return sign + (isPlain ? writePlain(digits, exponent) : padExponent(`${mantissa}e${exponentText}`));
}
