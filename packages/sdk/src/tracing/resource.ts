import { randomUUID } from "node:crypto";
import { general } from "@spanlight/conventions";
import type { Attributes } from "@opentelemetry/api";

/** What the process says of itself. */
export interface ResourceInput {
  readonly service: string;
  readonly version: string | undefined;
  readonly environment: string | undefined;
  /** From `OTEL_RESOURCE_ATTRIBUTES` and `init({ resource })`. */
  readonly attributes: Readonly<Record<string, string>>;
}

const sdkName = "spanlight";
export const sdkVersion = "0.1.0";

/** The resource of this process: who sends, on which runtime, by which SDK. */
export function createResource(input: ResourceInput): Attributes {
  const attributes: Attributes = {
    "telemetry.sdk.name": sdkName,
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.version": sdkVersion,
    "process.pid": process.pid,
    "process.runtime.name": "nodejs",
    "process.runtime.version": process.versions.node,
    [general.serviceInstanceId]: randomUUID(),
    ...input.attributes,
    [general.serviceName]: input.service,
  };
  if (input.version !== undefined) attributes[general.serviceVersion] = input.version;
  if (input.environment !== undefined) attributes[general.deploymentEnvironmentName] = input.environment;
  return attributes;
}
