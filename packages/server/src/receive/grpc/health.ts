// Source: grpc.io, "GRPC Health Checking Protocol" (grpc.health.v1): what Kubernetes and load balancers ask.
import { ProtoWriter } from "../../decode/proto-writer.ts";
import { MalformedRequestError } from "../../decode/malformed-request-error.ts";
import { UnknownServiceError } from "../errors.ts";

export const healthService = "grpc.health.v1.Health";
export const healthCheckPath: string = `/${healthService}/Check`;

const serving = 1;
const notServing = 2;
/** Field 1, length-delimited. */
const serviceTag = 0x0a;

/** Answers a HealthCheckRequest by a HealthCheckResponse. Throws UnknownServiceError. */
export function checkHealth(request: Buffer, services: readonly string[], isServing: boolean): Buffer {
  const service = readService(request);
  if (service !== "" && !services.includes(service)) {
    throw new UnknownServiceError(`there is no service ${service}: this server has ${services.join(", ")}`);
  }
  const writer = new ProtoWriter();
  writer.varint(1, isServing ? serving : notServing);
  return Buffer.from(writer.finish());
}

function readService(request: Buffer): string {
  if (request.length === 0) return "";
  // Names are far shorter than 128 bytes: their length is one byte.
  if (request[0] !== serviceTag || request[1] !== request.length - 2)
    throw new MalformedRequestError("the request is no HealthCheckRequest");
  return request.toString("utf8", 2);
}
