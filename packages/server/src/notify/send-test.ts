import { composeMessage, type ComposeContext } from "./compose.ts";
import { noteDelivery, type AroundDelivery, type Delivery } from "./deliveries.ts";
import type { Notice } from "./notice.ts";
import type { Route } from "./route.ts";

export interface TestContext {
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly compose: Omit<ComposeContext, "nowMs">;
  readonly around?: AroundDelivery | undefined;
}

const VALID_MS = 5 * 60_000;

/** An alert that says of itself that it is a test. */
function createTestNotice(nowMs: number, externalUrl: string): Notice {
  return {
    status: "firing",
    labels: { alertname: "SpanlightTest", severity: "info" },
    sourceLabels: {},
    annotations: { summary: "A test message: this receiver is told of alerts" },
    value: 1,
    threshold: { observed: "vector(1)", operator: ">", value: 0 },
    query: "vector(1) > 0",
    activeAtMs: nowMs,
    startsAtMs: nowMs,
    endsAtMs: nowMs + VALID_MS,
    reason: null,
    generatorUrl: `${externalUrl}/alerts`,
  };
}

/** Sends a test message at once, past grouping, silences and limits; answers what became of it. */
export async function sendTest(route: Route, context: TestContext): Promise<Delivery> {
  const { now, signal, compose, around } = context;
  const notice = createTestNotice(now(), compose.externalUrl);
  const request = {
    receiver: route.name,
    groupKey: `${route.name}:test`,
    groupLabels: { alertname: "SpanlightTest" },
  };
  const message = await composeMessage(
    { ...request, notices: [notice] },
    { ...compose, nowMs: now(), findTraces: async () => [] },
  );
  const { receiver, deliveries } = route;
  const subject = { title: "SpanlightTest", status: "test" as const, alertCount: 1 };
  await noteDelivery({ receiver: route.name, deliveries, now, around }, subject, async () => {
    if (receiver.kind === "groups") await receiver.send(message, signal);
    else await receiver.send(message.alerts, signal);
  }).catch(() => undefined); // noted: that is the answer
  const [last] = deliveries.list();
  if (last === undefined) throw new Error("a delivery was not noted");
  return last;
}
