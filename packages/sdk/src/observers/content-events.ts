import type { AttributeValue, Attributes } from "@opentelemetry/api";
import { genAi, operationDetailsEvent } from "@spanlight/conventions";
import type { CallRecord } from "../call-record.ts";
import type { Config } from "../config.ts";
import type { LogRecord } from "../export/log-batch.ts";
import type { Hooks } from "../hooks/hooks.ts";
import type { Privacy } from "../privacy/privacy.ts";
import { collectAttributes } from "../tracing/attribute-target.ts";
import type { Clock } from "../tracing/clock.ts";
import { putBeginning, putContent, putEnd } from "./call-attributes.ts";
import type { LatePricer } from "./late-pricer.ts";

interface ContentOptions {
  readonly hooks: Hooks;
  readonly pricer: LatePricer;
  readonly privacy: Privacy;
  readonly config: Config;
  readonly clock: Clock;
  readonly add: (event: LogRecord) => void;
}

/**
 * Sends the conventions' event of each model call that records its content, with the attributes of its span and the messages as
 * values, masked and cut as on spans. Returns what stops it.
 */
export function observeContent(options: ContentOptions): () => void {
  const { hooks, pricer, add } = options;
  const observe = (record: CallRecord): void => {
    if (!record.captureContent) return;
    pricer.price(record, (priced, costUsd) => add(toEvent(options, priced, costUsd)));
  };
  return hooks.on("onResponse", observe, { readsMessages: false });
}

function toEvent(
  { privacy, config, clock }: ContentOptions,
  record: CallRecord,
  costUsd: number | null,
): LogRecord {
  const attributes = collectAttributes((target) => {
    putBeginning(target, record);
    putEnd(target, record, { latestConventions: config.latestConventions, costUsd, privacy });
    putContent(target, record, privacy);
  });
  return {
    timeNs: clock.toEpochNs(record.endMs),
    severityNumber: 9,
    severityText: "INFO",
    body: undefined,
    eventName: operationDetailsEvent,
    attributes: withValues(attributes),
    traceId: record.spanContext?.traceId ?? "",
    spanId: record.spanContext?.spanId ?? "",
    traceFlags: 1,
  };
}

const contentNames = [
  genAi.inputMessages,
  genAi.outputMessages,
  genAi.systemInstructions,
  genAi.toolDefinitions,
] as const;

/** Events carry messages as values, where spans have their JSON. */
function withValues(attributes: Attributes): Attributes {
  const event: Attributes = { ...attributes };
  for (const name of contentNames) {
    const json = attributes[name];
    if (typeof json === "string") event[name] = JSON.parse(json) as AttributeValue;
  }
  return event;
}
