/** What can be made to go wrong, as it is named in the URL and on the terminal. */
export const faultNames = ["slow", "429", "500", "wrong", "expensive", "cut"] as const;
export type FaultName = (typeof faultNames)[number];

/** One sentence for each fault: what the application will see. */
export const faultEffects: Readonly<Record<FaultName, string>> = {
  slow: "first token four times later, tokens at a quarter of the speed",
  "429": "the provider's limit drops to 60 requests a minute for each model",
  "500": "six of ten calls answer 500",
  wrong: "answers contradict their sources, without any error",
  expensive: "the bot puts the whole handbook and long histories into every prompt",
  cut: "streams break off half way",
};

export type FaultState = Readonly<Record<FaultName, boolean>>;

/** The switches. Everybody who misbehaves on purpose asks `isOn` at the moment of misbehaving. */
export interface Faults {
  isOn(name: FaultName): boolean;
  set(name: FaultName, on: boolean): void;
  state(): FaultState;
  /** Called after each change; returns a function that stops listening. */
  onChange(listener: (state: FaultState) => void): () => void;
}

export function createFaults(): Faults {
  const active = new Set<FaultName>();
  const listeners = new Set<(state: FaultState) => void>();
  const state = (): FaultState => ({
    slow: active.has("slow"),
    "429": active.has("429"),
    "500": active.has("500"),
    wrong: active.has("wrong"),
    expensive: active.has("expensive"),
    cut: active.has("cut"),
  });
  return {
    isOn: (name) => active.has(name),
    set(name, on) {
      if (active.has(name) === on) return;
      if (on) active.add(name);
      else active.delete(name);
      for (const listener of listeners) listener(state());
    },
    state,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** A switch that nobody has: the URL named a fault or a value that does not exist. */
export class UnknownFaultError extends Error {
  readonly code = "unknown_fault";
}

/** Applies `?slow=on&429=off`; `?all=off` ends every fault. Nothing is changed when one of the words is unknown. */
export function applyFaultQuery(faults: Faults, query: URLSearchParams): void {
  const changes = [...query].flatMap(([name, value]) => readSwitch(name, value));
  for (const { name, on } of changes) faults.set(name, on);
}

function readSwitch(name: string, value: string): { name: FaultName; on: boolean }[] {
  if (value !== "on" && value !== "off")
    throw new UnknownFaultError(`"${name}=${value}" is no switch: write "${name}=on" or "${name}=off".`);
  const on = value === "on";
  if (name === "all") return faultNames.map((known) => ({ name: known, on }));
  const known = faultNames.find((candidate) => candidate === name);
  if (known === undefined)
    throw new UnknownFaultError(
      `There is no fault "${name}": choose among ${faultNames.join(", ")} and all.`,
    );
  return [{ name: known, on }];
}
