/** An alert to tell people of, as the rule engine hands it over. Times in ms since the epoch. */
export interface Notice {
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of the series the alert came from. */
  readonly sourceLabels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The value at the last evaluation that gave one. */
  readonly value: number;
  /** What is compared with which number, or null. */
  readonly threshold: { readonly observed: string; readonly operator: string; readonly value: number } | null;
  /** The rule's expression. */
  readonly query: string;
  /** When the condition became true. */
  readonly activeAtMs: number;
  /** When the alert fired. */
  readonly startsAtMs: number;
  /** When it resolved; while firing, until when the notice holds if no further one comes. */
  readonly endsAtMs: number;
  /** Why it resolved; null while firing. */
  readonly reason: "recovered" | "no_data" | null;
  readonly generatorUrl: string;
}

type Labels = Readonly<Record<string, string>>;

function sortPairs(labels: Labels): [string, string][] {
  return Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1));
}

/** What makes an alert itself: its labels. Equal for equal labels only. */
export function identify(labels: Labels): string {
  return JSON.stringify(sortPairs(labels));
}

/** Labels as `{a="b", c="d"}`. */
export function formatLabels(labels: Labels): string {
  return `{${sortPairs(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(", ")}}`;
}
