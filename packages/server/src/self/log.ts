import pino from "pino";
import type { Log } from "../spool/inserter.ts";

/** The server's own log: JSON lines on stderr, never content of anybody's prompts. */
export function createLog(level: "debug" | "info" | "warn" | "error"): Log {
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
  return (lineLevel, message, fields = {}) => logger[lineLevel](fields, message);
}
