import { TemplateParseError } from "./errors.ts";
import type { Token } from "./lex.ts";
import type { Command, Operand, Pipeline } from "./node.ts";
import { unquote } from "./unquote.ts";

/** What the parser of one action knows. `variables` are the names in sight, innermost last. */
export interface ActionCursor {
  readonly tokens: readonly Token[];
  readonly line: number;
  readonly templateName: string;
  readonly functions: ReadonlySet<string>;
  readonly variables: string[];
  at: number;
}

export function failAt(cursor: ActionCursor, message: string): never {
  throw new TemplateParseError(`template: ${cursor.templateName}:${cursor.line}: ${message}`);
}

/** The next token that is not space, not taken. */
export function peekToken(cursor: ActionCursor): Token | undefined {
  while (cursor.tokens[cursor.at]?.kind === "space") cursor.at++;
  return cursor.tokens[cursor.at];
}

function takeMark(cursor: ActionCursor, mark: string): boolean {
  const token = peekToken(cursor);
  if (token?.kind !== "mark" || token.text !== mark) return false;
  cursor.at++;
  return true;
}

/** Reads `$x :=`, `$x =` or `$i, $x :=` when it stands there. */
function readDeclaration(cursor: ActionCursor): { names: string[]; isAssignment: boolean } {
  const start = cursor.at;
  const names: string[] = [];
  do {
    const token = peekToken(cursor);
    if (token?.kind !== "variable") break;
    cursor.at++;
    names.push(token.text);
  } while (names.length < 2 && takeMark(cursor, ","));
  if (names.length > 0 && takeMark(cursor, ":=")) return { names, isAssignment: false };
  if (names.length > 0 && takeMark(cursor, "=")) return { names, isAssignment: true };
  cursor.at = start;
  return { names: [], isAssignment: false };
}

/** Reads a pipeline up to the end of the action or a closing parenthesis. */
export function parsePipeline(cursor: ActionCursor, context: string): Pipeline {
  const { names, isAssignment } = readDeclaration(cursor);
  if (isAssignment) for (const name of names) checkVariable(cursor, name);
  const commands: Command[] = [];
  do {
    const command = parseCommand(cursor, context);
    const first = command[0];
    if (commands.length > 0 && first?.kind === "literal") {
      failAt(cursor, `non executable command in pipeline stage ${commands.length + 1}`);
    }
    commands.push(command);
  } while (takeMark(cursor, "|"));
  if (!isAssignment) cursor.variables.push(...names);
  return { variables: names, isAssignment, commands };
}

function parseCommand(cursor: ActionCursor, context: string): Command {
  const operands: Operand[] = [];
  for (;;) {
    const token = peekToken(cursor);
    if (token === undefined || (token.kind === "mark" && (token.text === "|" || token.text === ")"))) break;
    if (operands.length > 0 && cursor.tokens[cursor.at - 1]?.kind !== "space" && token.text !== "(") {
      failAt(cursor, `unexpected ${JSON.stringify(token.text)} in operand`);
    }
    operands.push(parseOperand(cursor, token));
  }
  if (operands.length === 0) failAt(cursor, `missing value for ${context}`);
  return operands;
}

function checkVariable(cursor: ActionCursor, name: string): void {
  if (!cursor.variables.includes(name)) failAt(cursor, `undefined variable ${JSON.stringify(name)}`);
}

function readPath(cursor: ActionCursor): string[] {
  const path: string[] = [];
  for (let token = cursor.tokens[cursor.at]; token?.kind === "field"; token = cursor.tokens[cursor.at]) {
    path.push(token.text.slice(1));
    cursor.at++;
  }
  return path;
}

function parseNumber(cursor: ActionCursor, text: string): number | bigint {
  const plain = text.replaceAll("_", "");
  if (/^[+-]?(?:\d+|0[xX][\da-fA-F]+)$/.test(plain)) {
    const digits = BigInt(plain.replace(/^[+-]/, ""));
    return plain.startsWith("-") ? -digits : digits;
  }
  const value = Number(plain);
  return Number.isNaN(value) ? failAt(cursor, `bad number syntax: ${JSON.stringify(text)}`) : value;
}

const CONSTANTS: Readonly<Record<string, boolean | null>> = { true: true, false: false, nil: null };

function parseWord(cursor: ActionCursor, word: string): Operand {
  const constant = CONSTANTS[word];
  if (constant !== undefined) return { kind: "literal", value: constant };
  if (!cursor.functions.has(word)) failAt(cursor, `function ${JSON.stringify(word)} not defined`);
  return { kind: "function", name: word };
}

function parseText(cursor: ActionCursor, token: Token): Operand {
  const text = unquote(token.text) ?? failAt(cursor, `invalid syntax in ${token.text}`);
  const value = token.kind === "character" ? BigInt(text.codePointAt(0) ?? 0) : text;
  return { kind: "literal", value };
}

function parseGroup(cursor: ActionCursor): Operand {
  const pipeline = parsePipeline(cursor, "parenthesized pipeline");
  if (!takeMark(cursor, ")")) failAt(cursor, "unclosed left paren");
  return { kind: "pipeline", pipeline, path: readPath(cursor) };
}

function parseOperand(cursor: ActionCursor, token: Token): Operand {
  if (token.kind === "field") return { kind: "field", path: readPath(cursor) };
  cursor.at++;
  switch (token.kind) {
    case "string":
    case "character":
      return parseText(cursor, token);
    case "number":
      return { kind: "literal", value: parseNumber(cursor, token.text) };
    case "variable":
      checkVariable(cursor, token.text);
      return { kind: "variable", name: token.text, path: readPath(cursor) };
    case "word":
      return parseWord(cursor, token.text);
    default:
      if (token.text === "(") return parseGroup(cursor);
      if (token.text === ".") return { kind: "dot" };
      return failAt(cursor, `unexpected ${JSON.stringify(token.text)} in command`);
  }
}
