import type { CallLogger } from "./call-log.ts";
import { TraceFacts } from "./trace-facts.ts";

/** The log of a running SDK: where its lines go, and what they tell of the trace they belong to. */
export interface AppLog {
  readonly logger: CallLogger;
  readonly service: string;
  readonly facts: TraceFacts;
}

/** One log for all loggers; undefined where there is none. */
export function createAppLog(loggers: readonly CallLogger[], service: string): AppLog | undefined {
  const [only] = loggers;
  if (only === undefined) return undefined;
  const logger = loggers.length === 1 ? only : createTee(loggers);
  return { logger, service, facts: new TraceFacts() };
}

function createTee(loggers: readonly CallLogger[]): CallLogger {
  const wantsDebug = loggers.some(isDebugging);
  return {
    ...(wantsDebug
      ? {
          debug: (fields: object, message: string): void =>
            loggers.filter(isDebugging).forEach((logger) => logger.debug?.(fields, message)),
        }
      : {}),
    info: (fields, message) => loggers.forEach((logger) => logger.info(fields, message)),
    warn: (fields, message) => loggers.forEach((logger) => logger.warn(fields, message)),
    error: (fields, message) => loggers.forEach((logger) => logger.error(fields, message)),
  };
}

/** Whether lines of the level debug are written, as far as the logger says. */
export function isDebugging(logger: CallLogger): boolean {
  return logger.debug !== undefined && logger.isLevelEnabled?.("debug") !== false;
}
