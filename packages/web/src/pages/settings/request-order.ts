import type { RequestTimes } from "@spanlight/contract";

/** Columns of figures, by the names of the contract. */
export const FIGURE_COLUMNS = ["count", "failed", "refused", "p50Ms", "p95Ms", "p99Ms", "maxMs"] as const;
export type FigureColumn = (typeof FIGURE_COLUMNS)[number];
export type SortColumn = "route" | FigureColumn;

/** What the table is sorted by; figures the highest first, names from A on, unless turned round. */
export interface Order {
  column: SortColumn;
  isReversed: boolean;
}

export const DEFAULT_ORDER: Order = { column: "p95Ms", isReversed: false };

/** Reads `p99Ms`, or `-p99Ms` for the same turned round; anything else is the default. */
export function readOrder(text: string | null): Order {
  const isReversed = text?.startsWith("-") === true;
  const name = isReversed ? text?.slice(1) : text;
  const column = (["route", ...FIGURE_COLUMNS] as const).find((one) => one === name);
  return column === undefined ? DEFAULT_ORDER : { column, isReversed };
}

/** Undefined for the default, which stands in no address. */
export function writeOrder({ column, isReversed }: Order): string | undefined {
  if (column === DEFAULT_ORDER.column && !isReversed) return undefined;
  return `${isReversed ? "-" : ""}${column}`;
}

/** The order after a click on the head of a column. */
export function turnTo(order: Order, column: SortColumn): Order {
  return { column, isReversed: order.column === column && !order.isReversed };
}

/** `ascending` or `descending`, as the column is sorted now. */
export function directionOf({ column, isReversed }: Order): "ascending" | "descending" {
  return (column === "route") === isReversed ? "descending" : "ascending";
}

export const KINDS = ["all", "read", "ingest", "change", "other", "wait"] as const;
export type ShownKind = (typeof KINDS)[number];

/** How the kinds are called: those that need the scope admin; those that are held back until there is something new. */
export const KIND_NAMES: Readonly<Record<ShownKind, string>> = {
  all: "all",
  read: "read",
  ingest: "ingest",
  change: "admin",
  wait: "held back",
  other: "other",
};

export function isOfKind({ kind }: RequestTimes, shown: ShownKind): boolean {
  return shown === "all" || kind === shown;
}

/** Sorts routes. Those that wait on purpose stand last whatever the order: their times are nobody's fault. */
export function sortRequests(requests: readonly RequestTimes[], order: Order): RequestTimes[] {
  const turn = order.isReversed ? -1 : 1;
  return requests.toSorted(
    (left, right) =>
      Number(left.kind === "wait") - Number(right.kind === "wait") ||
      turn * compareBy(order.column, left, right) ||
      nameOf(left).localeCompare(nameOf(right)),
  );
}

function compareBy(column: SortColumn, left: RequestTimes, right: RequestTimes): number {
  if (column === "route") return nameOf(left).localeCompare(nameOf(right));
  return (right[column] ?? -1) - (left[column] ?? -1);
}

function nameOf({ route, method }: RequestTimes): string {
  return `${route} ${method}`;
}
