import type { DoorContext } from "./native-door.ts";

/** The address under which the SDK reached this server, behind a proxy that ends TLS too. */
export function originOf(context: DoorContext): string {
  const { protocol, host } = new URL(context.req.url);
  const outside = context.req.header("x-forwarded-proto")?.split(",", 1)[0]?.trim();
  const scheme = outside === "https" || outside === "http" ? outside : protocol.slice(0, -1);
  return `${scheme}://${context.req.header("host") ?? host}`;
}
