import { z } from "zod";

/** An ISO 8601 instant in UTC, with nanoseconds where they are known: `2026-11-21T02:30:00.123456789Z`. */
export const instantSchema = z
  .string()
  .regex(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/,
    "an instant is ISO 8601 in UTC, such as 2026-11-21T02:30:00Z",
  );

/** A 32-digit lower-case hexadecimal trace id (W3C Trace Context). */
export const traceIdSchema = z
  .string()
  .regex(/^[0-9a-f]{32}$/, "a trace id has 32 lower-case hexadecimal digits");

/** A 16-digit lower-case hexadecimal span id (W3C Trace Context). */
export const spanIdSchema = z
  .string()
  .regex(/^[0-9a-f]{16}$/, "a span id has 16 lower-case hexadecimal digits");
