// Pages of other sites that may send telemetry. Source: Fetch Standard, "CORS protocol"; Private Network Access, "CORS preflight".
import type { IncomingMessage, ServerResponse } from "node:http";
import { getPath } from "hono/utils/url";
import { otlpHttpPaths } from "../receive/otlp-signals.ts";
import type { HttpApplication } from "./front-door.ts";

/**
 * Lets pages of these origins send to the doors of OTLP and read the answers: `https://shop.example`, or `*` for all. Of no other
 * request anything is changed.
 */
export function allowOrigins(app: HttpApplication, origins: readonly string[]): HttpApplication {
  if (origins.length === 0) return app;
  const allowed = new Set(origins);
  const isAllowed = (origin: string): boolean => allowed.has("*") || allowed.has(origin);
  return {
    fetch(request, env) {
      if (!otlpHttpPaths.has(getPath(request))) return app.fetch(request, env);
      const { incoming, outgoing } = env;
      const { origin } = incoming.headers;
      outgoing.setHeader("vary", "origin");
      if (origin === undefined || !isAllowed(origin)) return app.fetch(request, env);
      allowReading(outgoing, origin);
      if (isPreflight(incoming)) return answerPreflight(incoming);
      return app.fetch(request, { ...env, isAllowedOrigin: true });
    },
  };
}

/** Beacons are sent with credentials and refuse an answer that does not allow them; cookies are not looked at. */
function allowReading(outgoing: ServerResponse, origin: string): void {
  outgoing.setHeader("access-control-allow-origin", origin);
  outgoing.setHeader("access-control-allow-credentials", "true");
  outgoing.setHeader("access-control-expose-headers", "retry-after");
}

/** True for what a browser asks before it sends. */
function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
}

const headerNames = /^[\w!#$%&'*+.^`|~-]+(\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/;
/** The longest that a common browser keeps an answer. */
const maxAgeSeconds = 7200;

/** Tells a page of an allowed origin what it may send: whatever headers it asks for, for keys come in many. */
function answerPreflight({ headers }: IncomingMessage): Response {
  const answer = new Headers({
    "access-control-allow-methods": "POST",
    "access-control-max-age": String(maxAgeSeconds),
    vary: "origin, access-control-request-headers",
  });
  const wanted = headers["access-control-request-headers"];
  if (wanted !== undefined && headerNames.test(wanted)) answer.set("access-control-allow-headers", wanted);
  if (headers["access-control-request-private-network"] === "true")
    answer.set("access-control-allow-private-network", "true");
  return new Response(null, { status: 204, headers: answer });
}
