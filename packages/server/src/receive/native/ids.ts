import { createHash } from "node:crypto";

const hex16 = /^[0-9a-f]{16}$/;
const hex32 = /^[0-9a-f]{32}$/;

/** The trace id of 32 hexadecimal digits for an id in any form: a UUID without its dashes, anything else hashed. Empty stays empty. */
export function toTraceId(id: string): string {
  const plain = id.toLowerCase().replaceAll("-", "");
  return id === "" || hex32.test(plain) ? plain : hash(id).slice(0, 32);
}

/** The span id of 16 hexadecimal digits for an id in any form. UUIDs are hashed: those of one millisecond begin alike. */
export function toSpanId(id: string): string {
  const plain = id.toLowerCase();
  if (id === "" || hex16.test(plain)) return plain;
  const digits = plain.replaceAll("-", "");
  // LangSmith writes an OpenTelemetry span id as a UUID with zeros in front.
  return hex32.test(digits) && digits.startsWith("0".repeat(16)) ? digits.slice(16) : hash(id).slice(0, 16);
}

/** The span that stands for a trace which its SDK keeps apart from its spans. */
export function toRootSpanId(traceId: string): string {
  return hash(`trace ${traceId}`).slice(0, 16);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
