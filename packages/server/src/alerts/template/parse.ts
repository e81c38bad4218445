import { TemplateParseError } from "./errors.ts";
import { lexTemplate, type Piece } from "./lex.ts";
import type { Node, Template } from "./node.ts";
import { failAt, parsePipeline, peekToken, type ActionCursor } from "./parse-pipeline.ts";
import { unquote } from "./unquote.ts";

type ActionPiece = Extract<Piece, { kind: "action" }>;

interface Parser {
  readonly name: string;
  readonly pieces: readonly Piece[];
  readonly functions: ReadonlySet<string>;
  readonly defined: Map<string, readonly Node[]>;
  variables: string[];
  rangeDepth: number;
  at: number;
}

/** How a list of nodes ended: by `{{end}}`, by `{{else …}}`, or with the template. */
type Ending = { kind: "end" } | { kind: "else"; cursor: ActionCursor } | { kind: "eof" };

/** Parses a template. `functions` are the names it may call. Throws `TemplateParseError`. */
export function parseTemplate(text: string, name: string, functions: ReadonlySet<string>): Template {
  const parser: Parser = {
    name,
    pieces: lexTemplate(text, name),
    functions,
    defined: new Map(),
    variables: ["$"],
    rangeDepth: 0,
    at: 0,
  };
  const { nodes, ending } = parseList(parser);
  if (ending.kind === "else") failAt(ending.cursor, "unexpected {{else}}");
  if (ending.kind === "end") throw new TemplateParseError(`template: ${name}:1: unexpected {{end}}`);
  return { name, nodes, defined: parser.defined };
}

function openAction(parser: Parser, piece: ActionPiece): ActionCursor {
  const { name, functions, variables } = parser;
  return { tokens: piece.tokens, line: piece.line, templateName: name, functions, variables, at: 0 };
}

function parseList(parser: Parser): { nodes: Node[]; ending: Ending } {
  const nodes: Node[] = [];
  for (;;) {
    const piece = parser.pieces[parser.at++];
    if (piece === undefined) return { nodes, ending: { kind: "eof" } };
    if (piece.kind === "text") {
      nodes.push(piece);
      continue;
    }
    const cursor = openAction(parser, piece);
    const keyword = peekToken(cursor);
    if (keyword?.kind === "word" && (keyword.text === "end" || keyword.text === "else")) {
      cursor.at++;
      return { nodes, ending: keyword.text === "end" ? { kind: "end" } : { kind: "else", cursor } };
    }
    const node = parseAction(parser, cursor);
    if (node !== null) nodes.push(node);
  }
}

function parseAction(parser: Parser, cursor: ActionCursor): Node | null {
  const token = peekToken(cursor);
  if (token === undefined) failAt(cursor, "missing value for command");
  if (token.kind === "word") {
    switch (token.text) {
      case "if":
      case "with":
      case "range":
        cursor.at++;
        return parseBlock(parser, cursor, token.text);
      case "define":
      case "block":
      case "template":
        cursor.at++;
        return parseNamed(parser, cursor, token.text);
      case "break":
      case "continue":
        return parseJump(parser, cursor, token.text);
    }
  }
  const pipeline = parsePipeline(cursor, "command");
  finish(cursor, "command");
  return { kind: "action", line: cursor.line, pipeline };
}

function finish(cursor: ActionCursor, context: string): void {
  const token = peekToken(cursor);
  if (token !== undefined) failAt(cursor, `unexpected ${JSON.stringify(token.text)} in ${context}`);
}

function parseJump(parser: Parser, cursor: ActionCursor, kind: "break" | "continue"): Node {
  cursor.at++;
  if (parser.rangeDepth === 0) failAt(cursor, `{{${kind}}} outside {{range}}`);
  finish(cursor, kind);
  return { kind };
}

function parseBlock(parser: Parser, cursor: ActionCursor, kind: "if" | "with" | "range"): Node {
  const depth = parser.variables.length;
  const pipeline = parsePipeline(cursor, kind);
  finish(cursor, kind);
  const loops = kind === "range" ? 1 : 0;
  parser.rangeDepth += loops;
  const { nodes: body, ending } = parseList(parser);
  parser.rangeDepth -= loops;
  const otherwise = ending.kind === "else" ? parseElse(parser, ending.cursor, kind) : [];
  if (ending.kind === "eof") failAt(cursor, "unexpected EOF");
  parser.variables.length = depth;
  return { kind, line: cursor.line, pipeline, body, otherwise };
}

/** The part after `{{else}}`; `{{else if …}}` shares the `{{end}}` of its block. */
function parseElse(parser: Parser, cursor: ActionCursor, kind: "if" | "with" | "range"): readonly Node[] {
  const token = peekToken(cursor);
  if (token?.kind === "word" && token.text === kind && kind !== "range") {
    cursor.at++;
    return [parseBlock(parser, cursor, kind)];
  }
  finish(cursor, "else");
  const { nodes, ending } = parseList(parser);
  if (ending.kind === "else") failAt(ending.cursor, "expected end; found {{else}}");
  if (ending.kind === "eof") failAt(cursor, "unexpected EOF");
  return nodes;
}

function readName(cursor: ActionCursor, context: string): string {
  const token = peekToken(cursor);
  const name = token?.kind === "string" ? unquote(token.text) : null;
  if (name === null) failAt(cursor, `unexpected ${JSON.stringify(token?.text ?? "")} in ${context} clause`);
  cursor.at++;
  return name;
}

function parseNamed(
  parser: Parser,
  cursor: ActionCursor,
  kind: "define" | "block" | "template",
): Node | null {
  const name = readName(cursor, kind);
  const pipeline = peekToken(cursor) === undefined ? null : parsePipeline(cursor, `${kind} clause`);
  finish(cursor, kind);
  if (kind !== "template") {
    const outer = parser.variables;
    parser.variables = ["$"];
    const { nodes, ending } = parseList(parser);
    parser.variables = outer;
    if (ending.kind !== "end") failAt(cursor, `unexpected end of ${kind} clause`);
    parser.defined.set(name, nodes);
  }
  return kind === "define" ? null : { kind: "template", line: cursor.line, name, pipeline };
}
