import { hostname } from "node:os";
import { ConfigError, type Settings } from "../config/config.ts";

/** Where the server's own spans go. */
export type SelfTracesPlace =
  | { readonly kind: "off" }
  | { readonly kind: "store" }
  | { readonly kind: "otlp"; readonly url: string; readonly headers: Readonly<Record<string, string>> };

const path = "/v1/traces";

/** Reads where own spans go. Throws ConfigError where they cannot. */
export function readSelfTracesPlace(settings: Settings): SelfTracesPlace {
  const { self_traces: place } = settings;
  if (place === "off" || place === "store") return { kind: place };
  const url = new URL(place);
  if (url.username !== "" || url.password !== "") {
    throw refuse("names and passwords do not go into the URL: give them in SPANLIGHT_SELF_TRACES_HEADERS");
  }
  if (isOwnAddress(url, settings)) {
    throw refuse(
      `${url.host} is this server: give "store", or it would send spans about taking its own spans`,
    );
  }
  const base = `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
  return {
    kind: "otlp",
    url: base.endsWith(path) ? base : `${base}${path}`,
    headers: readHeaders(settings.self_traces_headers),
  };
}

function refuse(reason: string): ConfigError {
  return new ConfigError(
    `SPANLIGHT_SELF_TRACES (or "self_traces" in spanlight.yaml) cannot be used: ${reason}`,
  );
}

function isOwnAddress({ hostname: host, port, protocol }: URL, settings: Settings): boolean {
  const asked = port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
  const own = ["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "[::]", settings.host, hostname().toLowerCase()];
  return asked === settings.port && own.includes(host.toLowerCase());
}

/** `key=value,key=value`, values escaped as in URLs: as OpenTelemetry writes headers. Values are secrets: no message has them. */
function readHeaders(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const pair of text.split(",").map((part) => part.trim())) {
    if (pair === "") continue;
    const end = pair.indexOf("=");
    const name = pair.slice(0, Math.max(end, 0)).trim();
    const value = decode(pair.slice(end + 1).trim());
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || value === undefined) {
      throw new ConfigError(
        "SPANLIGHT_SELF_TRACES_HEADERS cannot be used: give name=value, several separated by commas, values escaped as in URLs",
      );
    }
    headers[name.toLowerCase()] = value;
  }
  return headers;
}

function decode(text: string): string | undefined {
  try {
    const value = decodeURIComponent(text);
    // oxlint-disable-next-line no-control-regex -- what no header may hold
    return /[\u0000-\u001f\u007f]/.test(value) ? undefined : value;
  } catch {
    return undefined;
  }
}
