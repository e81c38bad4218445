import { TemplateParseError } from "./errors.ts";

/** A piece of a template: plain text, or the inside of `{{ … }}`. */
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly tokens: readonly Token[]; readonly line: number };

export interface Token {
  readonly kind: "space" | "string" | "number" | "character" | "variable" | "field" | "word" | "mark";
  readonly text: string;
}

const TOKEN_RULES: readonly (readonly [Token["kind"], RegExp])[] = [
  ["space", /^[ \t\r\n]+/],
  ["string", /^(?:"(?:[^"\\\n]|\\.)*"|`[^`]*`)/],
  ["character", /^'(?:[^'\\\n]|\\.)+'/],
  ["number", /^[+-]?(?:0[xX][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d+)(?:[eE][+-]?\d+)?)/],
  ["field", /^\.[\p{L}_][\p{L}\p{N}_]*/u],
  ["variable", /^\$[\p{L}\p{N}_]*/u],
  ["word", /^[\p{L}_][\p{L}\p{N}_]*/u],
  ["mark", /^(?::=|[=|(),.])/],
];

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function fail(name: string, line: number, message: string): never {
  throw new TemplateParseError(`template: ${name}:${line}: ${message}`);
}

function tokenize(body: string, name: string, line: number): Token[] {
  const tokens: Token[] = [];
  let rest = body;
  while (rest !== "") {
    const found = TOKEN_RULES.map(([kind, rule]) => ({ kind, text: rule.exec(rest)?.[0] })).find(
      ({ text }) => text !== undefined,
    );
    if (found?.text === undefined) fail(name, line, describeBadCharacter(rest));
    tokens.push({ kind: found.kind, text: found.text });
    rest = rest.slice(found.text.length);
  }
  return tokens;
}

function describeBadCharacter(rest: string): string {
  if (rest.startsWith('"')) return "unterminated quoted string";
  if (rest.startsWith("`")) return "unterminated raw quoted string";
  if (rest.startsWith("'")) return "unterminated character constant";
  const [character = ""] = rest;
  const point = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `unrecognized character in action: U+${point} '${character}'`;
}

/** Finds the `}}` that ends an action: strings and comments may hold one. */
function findEnd(text: string, from: number): number {
  const comment = /^(?:-\s)?\/\*/.exec(text.slice(from));
  if (comment !== null) {
    const end = text.indexOf("*/", from + comment[0].length);
    return end < 0 ? -1 : text.indexOf("}}", end);
  }
  const rule = /"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)*'|\}\}/g;
  rule.lastIndex = from;
  for (let match = rule.exec(text); match !== null; match = rule.exec(text)) {
    if (match[0] === "}}") return match.index;
  }
  return -1;
}

/** Cuts a template into text and actions and applies the trim markers `{{-` and `-}}`. */
export function lexTemplate(text: string, name: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimNext = false;
  while (at <= text.length) {
    const open = text.indexOf("{{", at);
    let plain = text.slice(at, open < 0 ? text.length : open);
    if (trimNext) plain = plain.trimStart();
    if (open < 0) {
      if (plain !== "") pieces.push({ kind: "text", text: plain });
      break;
    }
    const close = findEnd(text, open + 2);
    const line = lineAt(text, open);
    if (close < 0) fail(name, line, text.includes("/*", open) ? "unclosed comment" : "unclosed action");
    let body = text.slice(open + 2, close);
    if (/^-\s/.test(body)) {
      body = body.slice(2);
      plain = plain.trimEnd();
    }
    trimNext = /\s-$/.test(body);
    if (trimNext) body = body.slice(0, -2);
    if (plain !== "") pieces.push({ kind: "text", text: plain });
    if (!/^\/\*[^]*\*\/$/.test(body)) {
      pieces.push({ kind: "action", tokens: tokenize(body.trim(), name, line), line });
    }
    at = close + 2;
  }
  return pieces;
}
