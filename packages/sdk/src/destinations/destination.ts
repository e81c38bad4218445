import type { Attributes } from "@opentelemetry/api";
import type { Environment } from "../environment.ts";
import type { ExportError } from "../errors.ts";
import type { HttpTarget } from "../export/http-sender.ts";
import type { Score } from "../manual/score.ts";
import type { Temporality } from "../metrics/metric.ts";
import type { FinishedSpan } from "../tracing/finished-span.ts";

/** Writes a span in the words a destination reads. Must not change the span it is given: others get it too. */
export type Translate = (span: FinishedSpan) => FinishedSpan;

/** One place that spans, metrics, log records and scores are sent to. A signal without a target is not sent there. */
export interface Destination {
  readonly name: string;
  readonly traces: HttpTarget | undefined;
  readonly metrics?: HttpTarget | undefined;
  readonly logs?: HttpTarget | undefined;
  /** Undefined where the conventions are read as they are. */
  readonly translate?: Translate | undefined;
  /** Added to the resource of the process. */
  readonly resource?: Attributes;
  readonly temporality?: Temporality;
  /** Where scores are taken by an API of its own, and in what form. */
  readonly scores?: ScoreTarget;
  /** Send tool spans when they begin, and again when they end. */
  readonly eagerToolSpans?: boolean;
  /** Told every delivery that failed, beside `onExportError` of `init()`. */
  readonly onError?: ((error: ExportError) => void) | undefined;
}

export interface ScoreTarget {
  readonly target: HttpTarget;
  /** The JSON body of one score. */
  readonly toBody: (score: Score) => object;
}

/** What a preset may read when it is turned into a destination. */
export interface PresetSettings {
  readonly environment: Environment;
  readonly service: string;
  readonly timeoutMs: number;
  readonly compression: HttpTarget["compression"];
}

/** A destination that is not complete before the environment is read: what `langfuse()`, `honeycomb()`… return. */
export interface DestinationPreset {
  readonly name: string;
  /** @throws ConfigurationError when a key or an address is missing; this destination is left out then, and reported. */
  resolve(settings: PresetSettings): Destination;
}
