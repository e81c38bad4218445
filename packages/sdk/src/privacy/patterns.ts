/** What the built-in masks find. */
export type MaskName = "secret" | "email" | "card" | "phone";

// None of these can match a quote or a backslash, so they are safe on JSON text.
const secret = new RegExp(
  [
    "\\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}",
    "\\b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{16,}",
    "\\b(?:AKIA|ASIA)[0-9A-Z]{16}\\b",
    "\\bgh[pousr]_[A-Za-z0-9]{30,}",
    "\\bgithub_pat_[A-Za-z0-9_]{30,}",
    "\\bglpat-[A-Za-z0-9_-]{20,}",
    "\\bxox[abeprs]-[A-Za-z0-9-]{10,}",
    "\\bAIza[A-Za-z0-9_-]{35}",
    "\\bhf_[A-Za-z0-9]{30,}",
    "\\bnpm_[A-Za-z0-9]{36}",
    "\\beyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}",
    "\\b(?:[Bb]earer|[Bb]asic) [A-Za-z0-9._~+/-]{20,}=*",
    '-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*?-----END [A-Z ]*PRIVATE KEY-----',
  ].join("|"),
  "g",
);
/** The password in the address of a server: `postgres://user:password@host`. */
const urlPassword = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"\\]{0,100}:)[^\s/@"\\]{1,200}@/gi;
const email = /[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24}\b/g;
const card = /\b\d(?:[ -]?\d){12,18}\b/g;
const phone =
  /(?<![\w.])(?:\+\d{1,3}[ .-]?)?(?:\(\d{2,4}\)|\d{2,4})[ .-]\d{3,4}(?:[ .-]?\d{2,4}){1,3}(?![\w.])/g;

/** Every secret above holds at least this many of its characters in a row; prose seldom does. */
const shortestSecret = 14;

/** Whether a text has a run of key-like characters long enough to be a secret: much cheaper than looking for each kind. */
function hasLongToken(text: string): boolean {
  // A run of n covers one of every n-th positions: only those are looked at, and what surrounds them.
  for (let position = shortestSecret - 1; position < text.length; position += shortestSecret) {
    if (!isTokenCharacter(text.charCodeAt(position))) continue;
    let start = position;
    while (start > 0 && isTokenCharacter(text.charCodeAt(start - 1))) start--;
    let end = position + 1;
    while (end < text.length && isTokenCharacter(text.charCodeAt(end))) end++;
    if (end - start >= shortestSecret) return true;
  }
  return false;
}

const tokenCharacters = new Uint8Array(128);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~+/")
  tokenCharacters[character.charCodeAt(0)] = 1;

function isTokenCharacter(code: number): boolean {
  return code < 128 && tokenCharacters[code] === 1;
}

function maskSecrets(text: string): string {
  const masked = hasLongToken(text) ? text.replace(secret, "[secret]") : text;
  return masked.includes("://") ? masked.replace(urlPassword, "$1[secret]@") : masked;
}

const masks: Readonly<Record<MaskName, (text: string) => string>> = {
  secret: maskSecrets,
  email: (text) => text.replace(email, "[email]"),
  card: (text) => text.replace(card, (digits) => (isCardNumber(digits) ? "[card]" : digits)),
  phone: (text) => text.replace(phone, "[phone]"),
};

export const maskNames: readonly MaskName[] = ["secret", "email", "card", "phone"];

/** One function that applies the named masks, in the order cards come before phones. */
export function createMask(names: readonly MaskName[]): (text: string) => string {
  const chosen = maskNames.filter((name) => names.includes(name)).map((name) => masks[name]);
  const [only, ...others] = chosen;
  // Most often there is one, and it runs on every text that leaves.
  if (only !== undefined && others.length === 0) return only;
  return (text) => chosen.reduce((masked, mask) => mask(masked), text);
}

/** The Luhn check, which tells a card number from other long numbers. */
function isCardNumber(text: string): boolean {
  const digits = text.replaceAll(/\D/g, "");
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits.at(-1 - index));
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
