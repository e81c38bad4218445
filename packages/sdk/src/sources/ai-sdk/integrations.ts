// Where `registerTelemetry` of the AI SDK (7 and newer) keeps its integrations, for all copies of the package.
const holder = globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: object[] | undefined };

/** The integrations registered so far; what is added is heard from then on. */
export function integrationsOfProcess(): object[] {
  holder.AI_SDK_TELEMETRY_INTEGRATIONS ??= [];
  return holder.AI_SDK_TELEMETRY_INTEGRATIONS;
}

/** True where the AI SDK writes spans by itself. */
export function hasOwnOpenTelemetry(): boolean {
  return integrationsOfProcess().some(({ constructor }) => constructor.name.endsWith("OpenTelemetry"));
}
