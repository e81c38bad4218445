import { matchesAll, type LabelMatcher } from "./matcher.ts";
import type { Notice } from "./notice.ts";
import { createDeliveries, type Deliveries } from "./deliveries.ts";
import { createRateLimit, type RateLimit } from "./rate-limit.ts";
import type { AlertGroup } from "./alert-group.ts";
import type { Receiver } from "./receiver.ts";

/** Who is told of what, and how often. */
export interface RouteOptions {
  /** The receiver's name; part of what is remembered over a restart. */
  readonly name: string;
  readonly receiver: Receiver;
  /** Only alerts that meet all of these. Default: every alert. */
  readonly matchers?: readonly LabelMatcher[];
  /** Labels that make a group; `["..."]` = every alert its own. Default `alertname`, `service`. */
  readonly groupBy?: readonly string[];
  /** How long a new group waits for further alerts. Default 10 s. */
  readonly groupWaitMs?: number;
  /** How long after a message the next of the same group may follow. Default 1 minute. */
  readonly groupIntervalMs?: number;
  /** After which time an unchanged group is told again. Default 4 hours. */
  readonly repeatIntervalMs?: number;
  /** Whether the end of alerts is told. Default true. */
  readonly sendResolved?: boolean;
  /** What becomes of an alert whose series vanish: told as ended with that reason, or left open. Default "resolve". */
  readonly noData?: "resolve" | "keep";
  /** More messages than these wait for their turn. Default 120. */
  readonly maxMessagesPerHour?: number;
}

/** A route in operation. */
export interface Route extends Required<RouteOptions> {
  readonly groups: Map<string, AlertGroup>;
  readonly rateLimit: RateLimit;
  /** Alerts on their way to a receiver that takes them one by one, by fingerprint. */
  readonly pending: Map<string, Notice>;
  pendingDueMs: number;
  pendingFailures: number;
  isForwarding: boolean;
  readonly deliveries: Deliveries;
  readonly counts: DeliveryCounts;
}

/** What happened to the messages of a route since the start. */
export interface DeliveryCounts {
  sent: number;
  /** Tries that failed; a message may be tried many times. */
  failed: number;
  /** Messages that waited because of the rate limit. */
  delayed: number;
  /** Alerts that found no place because there were too many. */
  dropped: number;
  silenced: number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

const DEFAULTS = {
  matchers: [],
  groupBy: ["alertname", "service"],
  // With Prometheus' usual 30 s and 5 min an alert could arrive later than two minutes after it fired.
  groupWaitMs: 10 * SECOND_MS,
  groupIntervalMs: MINUTE_MS,
  repeatIntervalMs: 240 * MINUTE_MS,
  sendResolved: true,
  noData: "resolve",
  maxMessagesPerHour: 120,
} as const;

export function createRoute(options: RouteOptions): Route {
  const settings = { ...DEFAULTS, ...options };
  return {
    ...settings,
    groups: new Map(),
    rateLimit: createRateLimit(settings.maxMessagesPerHour),
    pending: new Map(),
    pendingDueMs: 0,
    pendingFailures: 0,
    isForwarding: false,
    deliveries: createDeliveries(),
    counts: { sent: 0, failed: 0, delayed: 0, dropped: 0, silenced: 0 },
  };
}

export function takes({ matchers }: Route, { labels }: Notice): boolean {
  return matchesAll(matchers, labels);
}
