import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";

const protoFile = fileURLToPath(new URL("../protos/trace-service.proto", import.meta.url));

/** Decodes by reflection from the .proto file, stores nothing. */
export async function createProtobufjsDecode(): Promise<(body: Buffer) => void> {
  const root = await protobuf.load(protoFile);
  const type = root.lookupType("opentelemetry.proto.ExportTraceServiceRequest");
  return (body) => void type.decode(body);
}
