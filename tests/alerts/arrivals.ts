/** Something a receiver was told. */
export interface Arrival {
  readonly receiver: string;
  /** The alert's name and the labels of its group: `CostSpike model=gpt-4o service=bot`. */
  readonly key: string;
  readonly status: "firing" | "resolved";
  readonly atMs: number;
}

/** Everything that arrived, and what follows from it. */
export interface Arrivals {
  add(arrival: Omit<Arrival, "atMs">): void;
  list(): readonly Arrival[];
  /** When each receiver was first told that the alert fires, since a time; null where one was not. */
  findFirings(key: string, receivers: readonly string[], sinceMs: number): ReadonlyMap<string, number> | null;
  /** True when the last word of every receiver on the alert is that it ended. */
  isOver(key: string, receivers: readonly string[]): boolean;
  /** The keys of an alert's name. */
  keysOf(alert: string): readonly string[];
}

export function createArrivals(): Arrivals {
  const all: Arrival[] = [];
  return {
    add: (arrival) => void all.push({ ...arrival, atMs: Date.now() }),
    list: () => [...all],
    findFirings(key, receivers, sinceMs) {
      const found = new Map<string, number>();
      for (const { receiver, atMs, ...one } of all) {
        const isWanted = one.key === key && one.status === "firing" && atMs >= sinceMs;
        if (isWanted && !found.has(receiver)) found.set(receiver, atMs);
      }
      return receivers.every((receiver) => found.has(receiver)) ? found : null;
    },
    isOver: (key, receivers) =>
      receivers.every(
        (receiver) =>
          all.findLast((one) => one.receiver === receiver && one.key === key)?.status === "resolved",
      ),
    keysOf: (alert) => [...new Set(all.map(({ key }) => key).filter((key) => key.split(" ")[0] === alert))],
  };
}

/** The key of an alert's group: its name, then its other labels in order. */
export function toKey(name: string, labels: Readonly<Record<string, string>>): string {
  const others = Object.entries(labels)
    .filter(([label]) => label !== "alertname")
    .map(([label, value]) => `${label}=${value}`);
  return [name, ...others.toSorted()].join(" ");
}

/** Reads the title that messages for people have: `[FIRING:1] CostSpike service=bot model=gpt-4o`. */
export function readTitle(text: string): { key: string; status: Arrival["status"] } | null {
  const [, state = "", title = ""] = /\[(FIRING:\d+|RESOLVED|NO DATA)\] ([^\r\n"]+)/.exec(text) ?? [];
  const [name = "", ...labels] = title.trim().split(" ");
  if (name === "") return null;
  const pairs = labels.map((label): [string, string] => {
    const at = label.indexOf("=");
    return [label.slice(0, at), label.slice(at + 1)];
  });
  return {
    key: toKey(name, Object.fromEntries(pairs)),
    status: state.startsWith("FIRING") ? "firing" : "resolved",
  };
}
