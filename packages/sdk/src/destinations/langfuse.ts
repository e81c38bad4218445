import { ConfigurationError, type ExportError } from "../errors.ts";
import type { Score } from "../manual/score.ts";
import type { Destination, DestinationPreset, PresetSettings } from "./destination.ts";
import { createLangfuseDialect, type LangfuseTraceOptions } from "./dialects/langfuse.ts";
import { createTarget, requireSetting, trimUrl, type TargetOptions } from "./read-target.ts";

export interface LangfuseOptions extends TargetOptions, LangfuseTraceOptions {
  /** Default `LANGFUSE_PUBLIC_KEY`. */
  readonly publicKey?: string;
  /** Default `LANGFUSE_SECRET_KEY`. */
  readonly secretKey?: string;
  /** Default `LANGFUSE_BASE_URL` or `LANGFUSE_HOST`, else https://cloud.langfuse.com. */
  readonly host?: string;
  /** Told every batch and every score that could not be delivered. */
  readonly onFlushError?: (error: ExportError) => void;
  /** Show tool calls while they run: their spans are sent when they begin, and again, complete, when they end. Default false. */
  readonly eagerToolSpans?: boolean;
}

const destination = "langfuse";

/**
 * Langfuse by its OpenTelemetry endpoint: agents, their steps, generations and tools as observations of one trace; scores by its
 * scores API.
 */
export function createLangfuse(options: LangfuseOptions): DestinationPreset {
  return { name: destination, resolve: (settings) => resolve(options, settings) };
}

function resolve(options: LangfuseOptions, settings: PresetSettings): Destination {
  const { environment } = settings;
  const publicKey = requireSetting({
    destination,
    option: "publicKey",
    variable: "LANGFUSE_PUBLIC_KEY",
    value: options.publicKey ?? environment["LANGFUSE_PUBLIC_KEY"],
  });
  const secretKey = requireSetting({
    destination,
    option: "secretKey",
    variable: "LANGFUSE_SECRET_KEY",
    value: options.secretKey ?? environment["LANGFUSE_SECRET_KEY"],
  });
  const host = trimUrl(
    options.host ??
      environment["LANGFUSE_BASE_URL"] ??
      environment["LANGFUSE_HOST"] ??
      "https://cloud.langfuse.com",
  );
  const authorization = `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString("base64")}`;
  const defaults = readDefaults(options, settings);
  return {
    name: destination,
    traces: createTarget({
      destination,
      url: `${host}/api/public/otel/v1/traces`,
      headers: { authorization, "x-langfuse-ingestion-version": "4" },
      options,
      settings,
    }),
    translate: createLangfuseDialect(defaults),
    eagerToolSpans: options.eagerToolSpans ?? false,
    onError: options.onFlushError,
    scores: {
      target: createTarget({
        destination,
        url: `${host}/api/public/scores`,
        headers: { authorization },
        options,
        settings,
      }),
      toBody: (score) => toScoreBody(score, defaults.environment),
    },
  };
}

function readDefaults(options: LangfuseOptions, settings: PresetSettings): LangfuseTraceOptions {
  const environment = options.environment ?? settings.environment["LANGFUSE_TRACING_ENVIRONMENT"];
  const release = options.release ?? settings.environment["LANGFUSE_RELEASE"];
  // Langfuse refuses other names with the whole batch.
  if (environment !== undefined && !/^(?!langfuse)[a-z0-9_-]{1,40}$/.test(environment))
    throw new ConfigurationError(
      `Langfuse takes no environment "${environment}": lower-case letters, digits, - and _, at most 40, not beginning with langfuse`,
    );
  return {
    ...options,
    ...(environment === undefined ? {} : { environment }),
    ...(release === undefined ? {} : { release }),
  };
}

/** A CreateScoreRequest. Source: @langfuse/core 5.11. */
function toScoreBody(score: Score, environment: string | undefined): object {
  return {
    id: score.id,
    traceId: score.traceId,
    ...(score.spanId === "" ? {} : { observationId: score.spanId }),
    name: score.name,
    ...toScoreValue(score),
    ...(score.comment === undefined ? {} : { comment: score.comment }),
    ...(score.metadata === undefined ? {} : { metadata: score.metadata }),
    ...(environment === undefined ? {} : { environment }),
  };
}

function toScoreValue({ value, label }: Score): object {
  if (typeof value === "boolean") return { value: value ? 1 : 0, dataType: "BOOLEAN" };
  if (typeof value === "number") return { value, dataType: "NUMERIC" };
  return { value: label, dataType: "CATEGORICAL" };
}
