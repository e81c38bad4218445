import { z } from "zod";
import { instantSchema } from "./scalar.ts";

/** A condition on a label; expressions are RE2 and match the whole value. */
export const silenceMatcherSchema = z.object({
  name: z.string().min(1),
  operator: z.enum(["=", "!=", "=~", "!~"]),
  value: z.string(),
});

export const silenceSchema = z.object({
  id: z.string(),
  state: z.enum(["pending", "active", "expired"]),
  matchers: z.array(silenceMatcherSchema),
  startsAt: instantSchema,
  endsAt: instantSchema,
  createdBy: z.string(),
  comment: z.string(),
  /** Alerts it keeps quiet now, by fingerprint. */
  alerts: z.array(z.string()),
});

/** Answer of `GET /api/alerts/silences`: active, then pending, then expired ones of the last five days. */
export const silenceListSchema = z.object({ items: z.array(silenceSchema), nextCursor: z.null() });

/** Body of `POST /api/alerts/silences`. Starts now unless told otherwise; ends at `endsAt` or after `durationMs`. */
export const newSilenceSchema = z
  .object({
    matchers: z.array(silenceMatcherSchema).min(1),
    startsAt: z.string().optional(),
    endsAt: z.string().optional(),
    durationMs: z.number().positive().optional(),
    createdBy: z.string().default(""),
    comment: z.string().default(""),
  })
  .refine(({ endsAt, durationMs }) => (endsAt === undefined) !== (durationMs === undefined), {
    message: "give either endsAt or durationMs",
    path: ["endsAt"],
  });

/** One try to hand over a message. */
export const deliverySchema = z.object({
  at: instantSchema,
  outcome: z.enum(["sent", "failed"]),
  /** The message's headline. */
  title: z.string(),
  status: z.enum(["firing", "resolved", "test"]),
  alertCount: z.int(),
  durationMs: z.number(),
  /** Why it was not taken; null when it was. */
  error: z.string().nullable(),
});

export const receiverSchema = z.object({
  name: z.string(),
  type: z.enum(["slack", "webhook", "pagerduty", "email", "alertmanager"]),
  matchers: z.array(silenceMatcherSchema),
  sendResolved: z.boolean(),
  noData: z.enum(["resolve", "keep"]),
  /** Since the start of the server. */
  counts: z.object({
    sent: z.int(),
    failed: z.int(),
    delayed: z.int(),
    dropped: z.int(),
    silenced: z.int(),
  }),
  /** Alerts on their way. */
  waiting: z.int(),
  /** The last tries, newest first, at most 20; kept until the server stops. */
  deliveries: z.array(deliverySchema),
});

/** Answer of `GET /api/alerts/receivers`. */
export const receiverListSchema = z.object({ items: z.array(receiverSchema), nextCursor: z.null() });

export type SilenceMatcher = z.infer<typeof silenceMatcherSchema>;
export type Silence = z.infer<typeof silenceSchema>;
export type SilenceList = z.infer<typeof silenceListSchema>;
export type NewSilence = z.infer<typeof newSilenceSchema>;
export type Delivery = z.infer<typeof deliverySchema>;
export type Receiver = z.infer<typeof receiverSchema>;
export type ReceiverList = z.infer<typeof receiverListSchema>;
