/** An order as the shop's back office knows it. */
export interface Order {
  readonly order_id: string;
  readonly status: string;
  readonly item: string;
  readonly total_usd: number;
  readonly carrier: string;
  readonly delivery_in_days: number;
}

/** The back office did not answer; asking again later may help. */
export class BackOfficeError extends Error {
  readonly code = "back_office_timeout";
}

/** No order has that number. */
export class UnknownOrderError extends Error {
  readonly code = "unknown_order";
}

const statuses = ["packed", "shipped", "out for delivery", "delivered", "returned"] as const;
const items = [
  "two-person tent",
  "hiking boots",
  "rain jacket",
  "gas stove",
  "touring kayak",
  "headlamp",
] as const;
const carriers = ["Rapid Post", "Blue Parcel", "Kestrel Freight"] as const;

/** Finds an order by its number. Every number of the form A-10000 to A-99999 exists but those ending in 00. */
export function findOrder(orderId: string): Order {
  const digits = Number(/^A-(\d{5})$/.exec(orderId)?.[1] ?? Number.NaN);
  if (Number.isNaN(digits) || digits % 100 === 0)
    throw new UnknownOrderError(`There is no order ${orderId}.`);
  if (digits % 100 === 99) throw new BackOfficeError(`The back office did not answer for order ${orderId}.`);
  return {
    order_id: orderId,
    status: statuses[digits % statuses.length] ?? "packed",
    item: items[digits % items.length] ?? "item",
    total_usd: 20 + (digits % 37) * 7.5,
    carrier: carriers[digits % carriers.length] ?? "Rapid Post",
    delivery_in_days: digits % 5,
  };
}

/** Pays an amount back. Throws when the order does not exist or did not cost that much. */
export function refundOrder(orderId: string, amountUsd: number): { refund_id: string; amount_usd: number } {
  const order = findOrder(orderId);
  if (!(amountUsd > 0) || amountUsd > order.total_usd)
    throw new RangeError(
      `Order ${orderId} cost ${order.total_usd} dollars: ${amountUsd} cannot be refunded.`,
    );
  return { refund_id: `RF-${orderId.slice(2)}`, amount_usd: amountUsd };
}
