import { faultEffects, faultNames, type FaultState } from "../faults.ts";

/** Where everything runs, as it is told to the person at the terminal. */
export interface Whereabouts {
  readonly serverUrl: string;
  readonly isServerOurs: boolean;
  readonly serviceUrl: string;
  readonly providerUrl: string;
  readonly isRealProvider: boolean;
  readonly requestsPerSecond: number;
  readonly hasKeys: boolean;
}

/** The text printed once everything stands. */
export function describeDemo(where: Whereabouts): string {
  const server = where.isServerOurs ? "started here" : "was running already";
  const provider = where.isRealProvider
    ? "the real provider, because OPENAI_API_KEY is set: every request costs money"
    : `local, answers in the provider's formats (${where.providerUrl})`;
  const switches = faultNames.map((name, index) => {
    const key = where.hasKeys ? `${index + 1}  ` : "";
    return `    ${key}${where.serviceUrl}/faults?${name}=on`.padEnd(52) + faultEffects[name];
  });
  return [
    "",
    `  Pages      ${where.serverUrl}  (${server})`,
    `  Service    ${where.serviceUrl}  /support /search /summarise /agent`,
    `  Provider   ${provider}`,
    `  Traffic    ${where.requestsPerSecond} requests a second`,
    "",
    `  Faults${where.hasKeys ? " (press the key or open the address)" : ""}`,
    ...switches,
    `    ${where.hasKeys ? "0  " : ""}${where.serviceUrl}/faults?all=off`.padEnd(52) +
      "everything well again",
    ...(where.isRealProvider ? ["    The real provider knows only the fault expensive."] : []),
    "",
    `  ${where.hasKeys ? "q or " : ""}Ctrl-C ends the demo.`,
    "",
  ].join("\n");
}

/** The line printed after each switch. */
export function describeFaults(state: FaultState): string {
  const active = faultNames.filter((name) => state[name]);
  return active.length === 0 ? "Faults: none" : `Faults: ${active.join(", ")}`;
}
