import { logContext, stdoutLogger } from "../observers/call-log.ts";
import { currentRuntime } from "../runtime.ts";
import { isThenable } from "../sources/read-value.ts";
import { errorText } from "./content-text.ts";

interface LoggedCall {
  readonly name: string;
  readonly kind: string;
}

type Inside = <T>(work: () => T) => T;

/** Runs an observed function and writes one line about it when it is over. `inside` is told where its span is active. */
export function logCall(call: LoggedCall, run: (inside: Inside) => unknown): unknown {
  const startMs = performance.now();
  let ids: Record<string, unknown> = {};
  const inside: Inside = (work) => {
    ids = logContext();
    return work();
  };
  const write = (failed: boolean, error: unknown): void => {
    const runtime = currentRuntime();
    if (runtime === undefined) return;
    const logger = runtime.log?.logger ?? stdoutLogger;
    const latencyMs = Math.round(performance.now() - startMs);
    const fields = {
      service: runtime.config.resource.service,
      function: call.name,
      kind: call.kind,
      latency_ms: latencyMs,
      ...ids,
    };
    if (!failed) return logger.info(fields, `${call.name} completed`);
    const message = error instanceof Error ? error.message : String(error);
    const type = error instanceof Error ? error.constructor.name : "_OTHER";
    logger.error({ ...fields, error_type: type, error: errorText(message) }, `${call.name} failed`);
  };
  try {
    const result = run(inside);
    if (isThenable(result))
      result.then(
        () => write(false, undefined),
        (error: unknown) => write(true, error),
      );
    else write(false, undefined);
    return result;
  } catch (error) {
    write(true, error);
    throw error;
  }
}
