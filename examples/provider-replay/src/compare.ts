import { isDeepStrictEqual } from "node:util";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { app, genAi, general } from "@spanlight/conventions";
import { asList, type CallFacts, type ToolCallFacts } from "./facts.ts";

/** How a span differs from what its recording says; empty when it does not. */
export function compareSpan(span: ReadableSpan, facts: CallFacts): string[] {
  const { attributes } = span;
  const differences: string[] = [];
  const check = (what: string, seen: unknown, recorded: unknown): void => {
    if (!isDeepStrictEqual(seen, recorded))
      differences.push(`${what}: span has ${show(seen)}, recording ${show(recorded)}`);
  };
  check("failed", attributes[general.errorType] !== undefined, facts.failed);
  check("response id", attributes[genAi.responseId], facts.responseId);
  check("response model", attributes[genAi.responseModel], facts.responseModel);
  check("finish reasons", attributes[genAi.responseFinishReasons] ?? [], facts.finishReasons);
  checkUsage(attributes, facts, check);
  if (facts.failed) return differences;
  const output = JSON.parse(String(attributes[genAi.outputMessages] ?? "[]")) as unknown;
  const parts = asList(output).flatMap((message) => asList(message["parts"]));
  check("tool calls", toolCallsOf(parts), facts.toolCalls);
  check(
    "text",
    parts
      .filter(({ type }) => type === "text")
      .map(({ content }) => content)
      .join(""),
    facts.text,
  );
  return differences;
}

type Check = (what: string, seen: unknown, recorded: unknown) => void;

function checkUsage(attributes: ReadableSpan["attributes"], facts: CallFacts, check: Check): void {
  const { usage } = facts;
  if (usage === undefined) {
    // Without recorded usage there is either none, or an estimate that says so.
    const counted = attributes[genAi.usageInputTokens] !== undefined;
    check(
      "usage is an estimate",
      counted ? attributes[app.usageEstimated] : undefined,
      counted ? true : undefined,
    );
    return;
  }
  check("input tokens", attributes[genAi.usageInputTokens], usage.input);
  check("output tokens", attributes[genAi.usageOutputTokens], usage.output);
  check("cache read tokens", attributes[genAi.usageCacheReadInputTokens], usage.cacheRead);
  check("cache write tokens", attributes[genAi.usageCacheCreationInputTokens], usage.cacheWrite);
  check("reasoning tokens", attributes[genAi.usageReasoningOutputTokens], usage.reasoning);
}

function toolCallsOf(parts: ReturnType<typeof asList>): ToolCallFacts[] {
  return parts
    .filter(({ type }) => type === "tool_call")
    .map((part) => ({
      id: typeof part["id"] === "string" ? part["id"] : undefined,
      name: String(part["name"]),
      arguments: part["arguments"],
    }));
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
