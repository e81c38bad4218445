import { createMask, type MaskName } from "./patterns.ts";

/** What is done to content before it leaves a call: masked, then cut to size. */
export interface Privacy {
  /** Text as it may leave the process. */
  readonly cleanText: (text: string) => string;
  /** A value as JSON text that may leave the process; it stays JSON however much is cut. */
  cleanJson(value: unknown): string;
}

export interface PrivacyOptions {
  readonly masks: readonly MaskName[];
  /** The application's own mask, given each text before the built-in ones. */
  readonly custom: ((text: string) => string) | undefined;
  /** Longest content attribute, in UTF-16 units. */
  readonly maxLength: number;
}

export function createPrivacy({ masks, custom, maxLength }: PrivacyOptions): Privacy {
  const mask = createMask(masks);
  const maskOwn = (text: string): string => {
    if (custom === undefined) return text;
    try {
      return custom(text);
    } catch {
      // A mask that fails must not let through what it was there to hide.
      return "[mask failed]";
    }
  };
  const ownReplacer =
    custom === undefined
      ? undefined
      : (_key: string, value: unknown): unknown => (typeof value === "string" ? maskOwn(value) : value);

  function cleanJson(value: unknown): string {
    const json = mask(stringify(value, ownReplacer));
    if (json.length <= maxLength) return json;
    // Strings are cut shorter and shorter until the whole fits.
    for (let longest = Math.floor(maxLength / 4); longest >= 16; longest = Math.floor(longest / 4)) {
      const shorter = mask(
        stringify(value, (key, item) => {
          const masked = ownReplacer === undefined ? item : ownReplacer(key, item);
          return typeof masked === "string" ? cut(mask(masked), longest) : masked;
        }),
      );
      if (shorter.length <= maxLength) return shorter;
    }
    return JSON.stringify([{ role: "spanlight", parts: [{ type: "text", content: marker(json.length) }] }]);
  }

  return { cleanText: (text) => cut(mask(maskOwn(text)), maxLength), cleanJson };
}

function stringify(value: unknown, replacer: ((key: string, value: unknown) => unknown) | undefined): string {
  try {
    return JSON.stringify(value, replacer) ?? "null";
  } catch {
    // Cyclic values and big integers have no JSON.
    return JSON.stringify(String(value));
  }
}

function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, Math.max(0, maxLength - 40))}${marker(text.length)}`;
}

function marker(length: number): string {
  return `…[truncated, ${length} characters]`;
}
