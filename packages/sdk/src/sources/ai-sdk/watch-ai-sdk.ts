import { AiTelemetry } from "./ai-telemetry.ts";
import { integrationsOfProcess } from "./integrations.ts";

/**
 * Joins the telemetry of the AI SDK 7, without a line in the application. Steps aside where the AI SDK's own OpenTelemetry
 * integration is registered: its spans come through the tracer provider. Returns what leaves again.
 */
export function watchAiSdk(): () => void {
  const telemetry = new AiTelemetry();
  const integrations = integrationsOfProcess();
  integrations.push(telemetry);
  return () => {
    const index = integrations.indexOf(telemetry);
    if (index >= 0) integrations.splice(index, 1);
  };
}
