import type { HttpTarget } from "../export/http-sender.ts";
import { ConfigurationError } from "../errors.ts";
import type { PresetSettings } from "./destination.ts";

/** What every preset takes beside its own options. */
export interface TargetOptions {
  /** Sent along; wins over what the preset sets. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly compression?: HttpTarget["compression"];
  /** Milliseconds for one request; default 10000. */
  readonly timeoutMs?: number;
}

interface TargetParts {
  readonly destination: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly options: TargetOptions;
  readonly settings: PresetSettings;
}

/** Where one signal of a preset goes. Headers without a value are left out. */
export function createTarget({ destination, url, headers, options, settings }: TargetParts): HttpTarget {
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new ConfigurationError(`the address of destination ${destination}, "${url}", is not an HTTP URL`);
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...headers, ...options.headers }))
    if (value !== undefined) given[name] = value;
  return {
    url,
    headers: given,
    compression: options.compression ?? settings.compression,
    timeoutMs: options.timeoutMs ?? settings.timeoutMs,
    tls: { ca: undefined, cert: undefined, key: undefined },
  };
}

interface RequiredSetting {
  readonly destination: string;
  readonly option: string;
  readonly variable: string;
  readonly value: string | undefined;
}

/** A setting this destination cannot do without. */
export function requireSetting({ destination, option, variable, value }: RequiredSetting): string {
  if (value !== undefined && value !== "") return value;
  throw new ConfigurationError(`destination ${destination} has no ${option}: give it, or set ${variable}`);
}

/** An address without its last slashes. */
export function trimUrl(url: string): string {
  return url.replace(/\/+$/, "");
}
