import type { Message } from "./message.ts";
import { titleOf } from "./message.ts";

/** One try to hand over a message. */
export interface Delivery {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly title: string;
  readonly status: "firing" | "resolved" | "test";
  readonly alertCount: number;
  readonly durationMs: number;
  /** Why it was not taken; null when it was. */
  readonly error: string | null;
}

/** The last tries of a receiver. */
export interface Deliveries {
  add(delivery: Delivery): void;
  /** Newest first. */
  list(): readonly Delivery[];
}

const MAX_DELIVERIES = 20;

export function createDeliveries(): Deliveries {
  const kept: Delivery[] = [];
  return {
    add(delivery) {
      kept.unshift(delivery);
      kept.length = Math.min(kept.length, MAX_DELIVERIES);
    },
    list: () => [...kept],
  };
}

/** What is noted of a message. */
export type DeliverySubject = Pick<Delivery, "title" | "status" | "alertCount">;

export function describeMessage(message: Message): DeliverySubject {
  const alertCount = message.alerts.length + message.truncatedAlerts;
  return { title: titleOf(message), status: message.status, alertCount };
}

/** A message on its way, for who watches: to whom, not what it says. */
export interface WatchedDelivery extends Pick<Delivery, "status" | "alertCount"> {
  readonly receiver: string;
}

/** Runs the handing over of a message, once; for who watches it. */
export type AroundDelivery = (delivery: WatchedDelivery, send: () => Promise<void>) => Promise<void>;

export interface DeliveryPlace {
  readonly receiver: string;
  readonly deliveries: Deliveries;
  readonly now: () => number;
  readonly around?: AroundDelivery | undefined;
}

/** Does the work and notes how it went; throws what the work throws. */
export async function noteDelivery(
  { receiver, deliveries, now, around = (_delivery, work) => work() }: DeliveryPlace,
  subject: DeliverySubject,
  send: () => Promise<void>,
): Promise<void> {
  const atMs = now();
  const startedAt = performance.now();
  const note = (error: string | null): void => {
    deliveries.add({ atMs, ...subject, durationMs: Math.round(performance.now() - startedAt), error });
  };
  try {
    await around({ receiver, status: subject.status, alertCount: subject.alertCount }, send);
    note(null);
  } catch (error) {
    note(error instanceof Error ? error.message : String(error));
    throw error;
  }
}
