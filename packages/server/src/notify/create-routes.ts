import { parseDurationMs } from "@spanlight/promql";
import { z } from "zod";
import { createAlertmanager } from "./alertmanager.ts";
import { createEmail } from "./email.ts";
import { parseMatcher } from "./matcher.ts";
import { createPagerDuty } from "./pagerduty.ts";
import type { Receiver } from "./receiver.ts";
import type { RouteOptions } from "./route.ts";
import { createSlack } from "./slack.ts";
import { createWebhook } from "./webhook.ts";

const durationMs = z.string().transform((text, context) => {
  const parsed = parseDurationMs(text);
  if (typeof parsed === "number") return parsed;
  context.addIssue(parsed.error);
  return z.NEVER;
});

const matcher = z.string().transform((text, context) => {
  try {
    return parseMatcher(text);
  } catch (error) {
    context.addIssue(error instanceof Error ? error.message : String(error));
    return z.NEVER;
  }
});

const common = {
  name: z.string().min(1),
  match: z.array(matcher).optional(),
  group_by: z.array(z.string()).optional(),
  group_wait: durationMs.optional(),
  group_interval: durationMs.optional(),
  repeat_interval: durationMs.optional(),
  send_resolved: z.boolean().optional(),
  no_data: z.enum(["resolve", "keep"]).optional(),
  max_messages_per_hour: z.number().positive().optional(),
};
const headers = z.record(z.string(), z.string()).optional();

const receiver = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("slack"), ...common, url: z.url() }),
  z.strictObject({ type: z.literal("webhook"), ...common, url: z.url(), headers }),
  z.strictObject({
    type: z.literal("pagerduty"),
    ...common,
    routing_key: z.string().min(1),
    url: z.url().optional(),
  }),
  z.strictObject({
    type: z.literal("email"),
    ...common,
    url: z.string().regex(/^smtps?:\/\//, "write smtp://host:port or smtps://host:port"),
    from: z.string().min(1),
    to: z.array(z.string().min(1)).min(1),
  }),
  z.strictObject({ type: z.literal("alertmanager"), ...common, url: z.url(), headers }),
]);

/** The `notify` list of the configuration: who is told of alerts, and how. */
export const receiversSchema = z.array(receiver).superRefine((receivers, context) => {
  const names = receivers.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) context.addIssue(`two receivers are called ${repeated}`);
});

export type ReceiverSettings = z.infer<typeof receiversSchema>[number];

function createReceiver(settings: ReceiverSettings): Receiver {
  switch (settings.type) {
    case "slack":
      return createSlack(settings);
    case "webhook":
      return createWebhook({ url: settings.url, headers: settings.headers ?? {} });
    case "pagerduty": {
      const { url, routing_key: routingKey } = settings;
      return createPagerDuty(url === undefined ? { routingKey } : { routingKey, url });
    }
    case "email":
      return createEmail(settings);
    case "alertmanager":
      return createAlertmanager({ url: settings.url, headers: settings.headers ?? {} });
  }
}

function withoutUndefined<T extends object>(record: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> }; // what the filter leaves
}

/** Makes routes of the parsed `notify` list. */
export function createRoutes(receivers: readonly ReceiverSettings[]): RouteOptions[] {
  return receivers.map((settings) => ({
    name: settings.name,
    receiver: createReceiver(settings),
    ...withoutUndefined({
      matchers: settings.match,
      groupBy: settings.group_by,
      groupWaitMs: settings.group_wait,
      groupIntervalMs: settings.group_interval,
      repeatIntervalMs: settings.repeat_interval,
      sendResolved: settings.send_resolved,
      noData: settings.no_data,
      maxMessagesPerHour: settings.max_messages_per_hour,
    }),
  }));
}
