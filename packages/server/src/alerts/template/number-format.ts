// Numbers as Go's fmt writes them.

function nameSpecial(value: number): string | null {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return null;
  return value > 0 ? "+Inf" : "-Inf";
}

function padExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

/** More digits than a tie can have in front of its zeros. */
const EXTRA_DIGITS = 30;

/** Rounds decimal text to so many digits after the point, ties to even as Go does (JavaScript: up). */
function settleTie(longer: string, rounded: string, digits: number): string {
  const point = longer.indexOf(".");
  const kept = digits === 0 ? longer.slice(0, point) : longer.slice(0, point + 1 + digits);
  const isTie = /^50*$/.test(longer.slice(point + 1 + digits));
  return isTie && "02468".includes(kept.at(-1) ?? "") ? kept : rounded;
}

function toFixedEven(value: number, digits: number): string {
  const longer = value.toFixed(Math.min(100, digits + EXTRA_DIGITS));
  return settleTie(longer, value.toFixed(digits), digits);
}

function toExponentialEven(value: number, digits: number): string {
  const [longer = "", exponent = ""] = value.toExponential(Math.min(100, digits + EXTRA_DIGITS)).split("e");
  const [rounded = "", otherExponent = ""] = value.toExponential(digits).split("e");
  const mantissa = settleTie(longer, rounded, digits);
  return `${mantissa}e${mantissa === rounded ? otherExponent : exponent}`;
}

/** `%e`; without a precision the shortest digits that read back the same. */
export function formatExponent(value: number, precision?: number): string {
  return (
    nameSpecial(value) ??
    padExponent(precision === undefined ? value.toExponential() : toExponentialEven(value, precision))
  );
}

/** `%f`. */
export function formatFixed(value: number, precision: number): string {
  const special = nameSpecial(value);
  if (special !== null) return special;
  const sign = Object.is(value, -0) ? "-" : "";
  // toFixed gives up from 1e21 on.
  if (Math.abs(value) < 1e21) return sign + toFixedEven(value, Math.min(precision, 100));
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
  const rounded =
    precision === undefined ? value : Number(toExponentialEven(value, Math.max(1, precision) - 1));
  const [mantissa = "0", exponentText = "0"] = Math.abs(rounded).toExponential().split("e");
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const exponent = Number(exponentText);
  const isPlain = exponent >= -4 && exponent < (precision ?? 6);
  const digits = mantissa.replace(".", "");
  return sign + (isPlain ? writePlain(digits, exponent) : padExponent(`${mantissa}e${exponentText}`));
}
