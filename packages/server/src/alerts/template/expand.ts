import { QueryNeededError, TemplateExpandError, TemplateParseError } from "./errors.ts";
import { executeTemplate } from "./execute.ts";
import { GO_FUNCTIONS, type TemplateFunction } from "./go-functions.ts";
import type { Template } from "./node.ts";
import { parseTemplate } from "./parse.ts";
import { createFunctions, type FunctionContext } from "./prometheus-functions.ts";
import { toDictionary, type QuerySample, type Value } from "./value.ts";

/** What a label or annotation may refer to: `$labels`, `$externalLabels`, `$externalURL`, `$value`. */
export interface TemplateData {
  readonly labels: Readonly<Record<string, string>>;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
  readonly value: number;
}

export interface ExpandRequest {
  readonly text: string;
  readonly name: string;
  readonly data: TemplateData;
  readonly timeMs: number;
  /** Answers `query` inside templates. */
  readonly query: (expression: string) => Promise<readonly QuerySample[]>;
}

/** The variables Prometheus puts in front of every template. */
const PREFIX =
  "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}";
/** A template asking for more queries than this is taken for a mistake. */
const MAX_QUERIES = 50;

const NO_CONTEXT: FunctionContext = { timeMs: 0, externalUrl: "", answers: new Map() };

function listFunctions(context: FunctionContext): Readonly<Record<string, TemplateFunction>> {
  return { ...GO_FUNCTIONS, ...createFunctions(context) };
}

const FUNCTION_NAMES: ReadonlySet<string> = new Set(Object.keys(listFunctions(NO_CONTEXT)));

function parse(text: string, name: string): Template {
  return parseTemplate(PREFIX + text, name, FUNCTION_NAMES);
}

/** Checks a template without expanding it: null, or what is wrong as Go words it. */
export function findTemplateProblem(text: string, name: string): string | null {
  try {
    parse(text, name);
    return null;
  } catch (error) {
    if (error instanceof TemplateParseError) return error.message;
    throw error;
  }
}

function toData({ labels, externalLabels, externalUrl, value }: TemplateData): Value {
  const fields = {
    Labels: toDictionary(labels),
    ExternalLabels: toDictionary(externalLabels),
    ExternalURL: externalUrl,
    Value: value,
  };
  return { kind: "struct", typeName: "template.alertData", fields };
}

/**
 * Expands one label or annotation. Throws `TemplateParseError` or `TemplateExpandError`; errors of
 * `query` pass through as `TemplateExpandError` with their cause.
 */
export async function expandTemplate(request: ExpandRequest): Promise<string> {
  const { text, name, data, timeMs } = request;
  if (!text.includes("{{")) return text;
  const template = parse(text, name);
  const answers = new Map<string, readonly QuerySample[]>();
  const functions = listFunctions({ timeMs, externalUrl: data.externalUrl, answers });
  // The executor knows no promises: it stops at an unanswered query and is run again with the answer.
  while (answers.size <= MAX_QUERIES) {
    try {
      return executeTemplate(template, toData(data), functions);
    } catch (error) {
      if (error instanceof QueryNeededError) {
        answers.set(error.expression, await answer(request, error.expression));
        continue;
      }
      if (!(error instanceof TemplateExpandError)) throw error;
      const message = `template: ${name}: executing ${JSON.stringify(name)}: ${error.message}`;
      throw new TemplateExpandError(message, { cause: error });
    }
  }
  throw new TemplateExpandError(`template: ${name}: asks for more than ${MAX_QUERIES} queries`);
}

async function answer({ query, name }: ExpandRequest, expression: string): Promise<readonly QuerySample[]> {
  try {
    return await query(expression);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `template: ${name}: executing ${JSON.stringify(name)}: error calling query: ${reason}`;
    throw new TemplateExpandError(message, { cause: error });
  }
}
