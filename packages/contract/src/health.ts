import { z } from "zod";

/** Answer of `GET /.well-known/health` and `GET /api/health`. */
export const healthSchema = z.object({
  status: z.enum(["ok", "degraded", "down"]),
  version: z.string(),
  checks: z.record(
    z.string(),
    z.object({
      status: z.enum(["ok", "degraded", "down"]),
      latency_ms: z.number(),
      message: z.string().optional(),
    }),
  ),
});

export type Health = z.infer<typeof healthSchema>;
