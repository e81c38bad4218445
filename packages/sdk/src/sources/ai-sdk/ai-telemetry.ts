import { context } from "@opentelemetry/api";
import { currentRuntime, type Runtime } from "../../runtime.ts";
import { describeError } from "../describe-error.ts";
import { markModelCall } from "../model-call.ts";
import { fieldsOf, isObject, textOf, type Fields } from "../read-value.ts";
import {
  abandon,
  beginEmbedding,
  beginModelCall,
  beginOperation,
  endEmbedding,
  endModelCall,
  endStep,
  executeTool,
  failOperation,
  finishLoop,
  type Operation,
} from "./ai-operation.ts";
import { watchAiTools } from "./ai-tools.ts";
import { hasOwnOpenTelemetry } from "./integrations.ts";

/** Bounds what is remembered of operations that never report their end. */
const maxOperations = 10_000;

type Execution = Fields & { readonly execute: () => PromiseLike<unknown> };
type Step = (runtime: Runtime, operation: Operation, event: Fields) => void;

/** The AI SDK's telemetry interface: its events become spans and records. None of its methods throws. */
export class AiTelemetry {
  readonly #open = new Map<string, Operation>();

  onStart(event: unknown): void {
    const runtime = currentRuntime();
    if (runtime === undefined || this.#open.size >= maxOperations || hasOwnOpenTelemetry()) return;
    const fields = fieldsOf(event);
    try {
      this.#open.set(callIdOf(fields), beginOperation(runtime, fields));
      // What a telemetry integration may wrap knows neither the input of a tool nor its output: the tool is watched itself.
      if (isObject(fields["tools"])) watchAiTools(fields["tools"]);
    } catch (error) {
      runtime.onFailure(error, "ai-sdk");
    }
  }

  onLanguageModelCallStart(event: unknown): void {
    this.#at(event, (runtime, operation, fields) => {
      operation.call = beginModelCall(runtime, operation, fields);
    });
  }

  onLanguageModelCallEnd(event: unknown): void {
    this.#at(event, (runtime, { call }, fields) => {
      if (call !== undefined) endModelCall(runtime, call, fields);
    });
  }

  onEmbedStart(event: unknown): void {
    this.#at(event, beginEmbedding);
  }

  onEmbedEnd(event: unknown): void {
    this.#at(event, endEmbedding);
  }

  onStepEnd(event: unknown): void {
    this.#at(event, endStep);
  }

  onEnd(event: unknown): void {
    this.#close(event, (runtime, operation) => finishLoop(runtime, operation, undefined));
  }

  onAbort(event: unknown): void {
    this.#close(event, (runtime, operation) => {
      abandon(runtime, operation, "abort");
      finishLoop(runtime, operation, undefined);
    });
  }

  onError(event: unknown): void {
    this.#close(event, (runtime, operation, { error }) => {
      failOperation(operation, error);
      if (operation.call !== undefined) operation.call.error ??= describeError(error);
      abandon(runtime, operation, "error");
      finishLoop(runtime, operation, error);
    });
  }

  async executeLanguageModelCall(options: Execution): Promise<unknown> {
    const operation = this.#open.get(callIdOf(options));
    if (operation === undefined) return options.execute();
    try {
      // A client library under the provider must not record the call a second time.
      return await context.with(markModelCall(operation.inside, operation.call), () => options.execute());
    } catch (error) {
      this.#at(options, (runtime) => {
        if (operation.call !== undefined) operation.call.error ??= describeError(error);
        abandon(runtime, operation, "error");
      });
      throw error;
    }
  }

  executeTool(options: Execution): PromiseLike<unknown> {
    return executeTool(this.#open.get(callIdOf(options)), options);
  }

  #at(event: unknown, step: Step): void {
    const runtime = currentRuntime();
    const fields = fieldsOf(event);
    const operation = this.#open.get(callIdOf(fields));
    if (runtime === undefined || operation === undefined) return;
    try {
      step(runtime, operation, fields);
    } catch (error) {
      runtime.onFailure(error, "ai-sdk");
    }
  }

  #close(event: unknown, step: Step): void {
    this.#at(event, (runtime, operation, fields) => {
      this.#open.delete(callIdOf(fields));
      step(runtime, operation, fields);
      operation.span.end();
    });
  }
}

function callIdOf(fields: Fields): string {
  return textOf(fields["callId"]) ?? "";
}
