/** Ready-made destinations: `init({ destinations: [langfuse(), honeycomb()] })`. Keys left out come from the vendors' own variables. */
import type { DestinationPreset } from "./destination.ts";
import { toLangSmith } from "./dialects/langsmith.ts";
import { toOpenInference } from "./dialects/openinference.ts";
import { toOpik } from "./dialects/opik.ts";
import { createLangfuse, type LangfuseOptions } from "./langfuse.ts";
import { createTarget, requireSetting, trimUrl, type TargetOptions } from "./read-target.ts";

export interface OtlpOptions extends TargetOptions {
  /** Name in errors and counts; default `otlp`. */
  readonly name?: string;
  /** Base URL; `/v1/traces`, `/v1/metrics` and `/v1/logs` are appended. */
  readonly endpoint: string;
}

/** Any OTLP/HTTP server, in the words of the GenAI conventions. */
export function otlp(options: OtlpOptions): DestinationPreset {
  const name = options.name ?? "otlp";
  return {
    name,
    resolve(settings) {
      const target = (path: string) =>
        createTarget({
          destination: name,
          url: `${trimUrl(options.endpoint)}${path}`,
          headers: {},
          options,
          settings,
        });
      return {
        name,
        traces: target("/v1/traces"),
        metrics: target("/v1/metrics"),
        logs: target("/v1/logs"),
      };
    },
  };
}

export interface SpanlightOptions extends TargetOptions {
  /** Default http://localhost:4318. */
  readonly endpoint?: string;
  /** Default `SPANLIGHT_API_KEY`. */
  readonly apiKey?: string;
}

/** A Spanlight server, for a list that has others in it. */
export function spanlight(options: SpanlightOptions = {}): DestinationPreset {
  return {
    name: "spanlight",
    resolve(settings) {
      const apiKey = options.apiKey ?? settings.environment["SPANLIGHT_API_KEY"];
      const headers = {
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
        ...options.headers,
      };
      const endpoint = options.endpoint ?? "http://localhost:4318";
      return otlp({ ...options, endpoint, headers, name: "spanlight" }).resolve(settings);
    },
  };
}

/** Langfuse, with the trace as its own SDK would write it, and scores. */
export function langfuse(options: LangfuseOptions = {}): DestinationPreset {
  return createLangfuse(options);
}

export interface LangSmithOptions extends TargetOptions {
  /** Default `LANGSMITH_API_KEY`. */
  readonly apiKey?: string;
  /** Default `LANGSMITH_PROJECT`, else LangSmith's own default project. */
  readonly project?: string;
  /** Default `LANGSMITH_ENDPOINT`, else https://api.smith.langchain.com. */
  readonly endpoint?: string;
}

export function langsmith(options: LangSmithOptions = {}): DestinationPreset {
  const destination = "langsmith";
  return {
    name: destination,
    resolve(settings) {
      const { environment } = settings;
      const value = options.apiKey ?? environment["LANGSMITH_API_KEY"];
      const apiKey = requireSetting({ destination, option: "apiKey", variable: "LANGSMITH_API_KEY", value });
      const endpoint =
        options.endpoint ?? environment["LANGSMITH_ENDPOINT"] ?? "https://api.smith.langchain.com";
      const headers = {
        "x-api-key": apiKey,
        "langsmith-project": options.project ?? environment["LANGSMITH_PROJECT"],
      };
      const url = `${trimUrl(endpoint)}/otel/v1/traces`;
      return {
        name: destination,
        traces: createTarget({ destination, url, headers, options, settings }),
        translate: toLangSmith,
      };
    },
  };
}

export interface PhoenixOptions extends TargetOptions {
  /** Default `PHOENIX_API_KEY`; a Phoenix without authentication needs none. */
  readonly apiKey?: string;
  /** Default `PHOENIX_COLLECTOR_ENDPOINT`, else http://localhost:6006. */
  readonly endpoint?: string;
  /** Default `PHOENIX_PROJECT_NAME`, else `default`. */
  readonly project?: string;
}

/** Arize Phoenix, and with `endpoint` whatever else reads OpenInference. */
export function phoenix(options: PhoenixOptions = {}): DestinationPreset {
  const destination = "phoenix";
  return {
    name: destination,
    resolve(settings) {
      const { environment } = settings;
      const endpoint = trimUrl(
        options.endpoint ?? environment["PHOENIX_COLLECTOR_ENDPOINT"] ?? "http://localhost:6006",
      );
      const apiKey = options.apiKey ?? environment["PHOENIX_API_KEY"];
      const headers = { authorization: apiKey === undefined ? undefined : `Bearer ${apiKey}` };
      const url = endpoint.endsWith("/v1/traces") ? endpoint : `${endpoint}/v1/traces`;
      const project = options.project ?? environment["PHOENIX_PROJECT_NAME"] ?? "default";
      return {
        name: destination,
        traces: createTarget({ destination, url, headers, options, settings }),
        translate: toOpenInference,
        resource: { "openinference.project.name": project },
      };
    },
  };
}

export interface OpikOptions extends TargetOptions {
  /** Default `OPIK_API_KEY`; an Opik of your own needs none. */
  readonly apiKey?: string;
  /** Default `OPIK_WORKSPACE`. */
  readonly workspace?: string;
  /** Default `OPIK_PROJECT_NAME`. */
  readonly project?: string;
  /** Default `OPIK_URL_OVERRIDE`, else https://www.comet.com/opik/api; of your own server http://localhost:5173/api. */
  readonly endpoint?: string;
}

export function opik(options: OpikOptions = {}): DestinationPreset {
  const destination = "opik";
  return {
    name: destination,
    resolve(settings) {
      const { environment } = settings;
      const cloud = "https://www.comet.com/opik/api";
      const endpoint = trimUrl(options.endpoint ?? environment["OPIK_URL_OVERRIDE"] ?? cloud);
      const value = options.apiKey ?? environment["OPIK_API_KEY"];
      const headers = {
        authorization:
          endpoint === cloud
            ? requireSetting({ destination, option: "apiKey", variable: "OPIK_API_KEY", value })
            : value,
        "comet-workspace": options.workspace ?? environment["OPIK_WORKSPACE"],
        projectname: options.project ?? environment["OPIK_PROJECT_NAME"],
      };
      const url = `${endpoint}/v1/private/otel/v1/traces`;
      return {
        name: destination,
        traces: createTarget({ destination, url, headers, options, settings }),
        translate: toOpik,
      };
    },
  };
}

export interface JaegerOptions extends TargetOptions {
  /** Default http://localhost:4318, Jaeger's OTLP port. */
  readonly endpoint?: string;
}

/** Jaeger takes traces alone. */
export function jaeger(options: JaegerOptions = {}): DestinationPreset {
  const destination = "jaeger";
  return {
    name: destination,
    resolve(settings) {
      const url = `${trimUrl(options.endpoint ?? "http://localhost:4318")}/v1/traces`;
      return {
        name: destination,
        traces: createTarget({ destination, url, headers: {}, options, settings }),
      };
    },
  };
}

export interface TempoOptions extends TargetOptions {
  /** Default http://localhost:4318; of Grafana Cloud the OTLP gateway, https://otlp-gateway-….grafana.net/otlp. */
  readonly endpoint?: string;
  /** Of a Tempo with several tenants; sent as `X-Scope-OrgID`. */
  readonly tenant?: string;
  /** Instance id and token of Grafana Cloud. */
  readonly instanceId?: string;
  readonly token?: string;
}

/** Grafana Tempo, its own or Grafana Cloud's; takes traces alone. */
export function tempo(options: TempoOptions = {}): DestinationPreset {
  const destination = "tempo";
  return {
    name: destination,
    resolve(settings) {
      const url = `${trimUrl(options.endpoint ?? "http://localhost:4318")}/v1/traces`;
      const { instanceId, token, tenant } = options;
      const basic = Buffer.from(`${instanceId}:${token}`).toString("base64");
      const headers = {
        "x-scope-orgid": tenant,
        authorization: instanceId === undefined || token === undefined ? undefined : `Basic ${basic}`,
      };
      return { name: destination, traces: createTarget({ destination, url, headers, options, settings }) };
    },
  };
}

export interface DatadogOptions extends TargetOptions {
  /** Default `DD_API_KEY`. */
  readonly apiKey?: string;
  /** Default `DD_SITE`, else datadoghq.com. */
  readonly site?: string;
  /** Base URL instead of the intake of the site: an Agent or a Collector at http://localhost:4318. */
  readonly endpoint?: string;
  /** What the intake makes of the spans; default `llmobs`, LLM Observability. */
  readonly source?: string;
}

/** Datadog's OTLP intake, where metrics have to be deltas; or with `endpoint` an Agent of yours, which needs no key. */
export function datadog(options: DatadogOptions = {}): DestinationPreset {
  const destination = "datadog";
  return {
    name: destination,
    resolve(settings) {
      const { environment } = settings;
      const site = options.site ?? environment["DD_SITE"] ?? "datadoghq.com";
      const base = trimUrl(options.endpoint ?? `https://otlp.${site}`);
      const value = options.apiKey ?? environment["DD_API_KEY"];
      const apiKey =
        options.endpoint === undefined
          ? requireSetting({ destination, option: "apiKey", variable: "DD_API_KEY", value })
          : value;
      const target = (path: string, headers: Record<string, string>) =>
        createTarget({
          destination,
          url: `${base}${path}`,
          headers: { "dd-api-key": apiKey, ...headers },
          options,
          settings,
        });
      return {
        name: destination,
        traces: target("/v1/traces", { "dd-otlp-source": options.source ?? "llmobs" }),
        metrics: target("/v1/metrics", {}),
        logs: target("/v1/logs", {}),
        temporality: "delta",
      };
    },
  };
}

export interface HoneycombOptions extends TargetOptions {
  /** Default `HONEYCOMB_API_KEY`. */
  readonly apiKey?: string;
  /** Of metrics, and of all data with a Classic key; default `HONEYCOMB_DATASET`, for metrics else the service with `_metrics`. */
  readonly dataset?: string;
  /** Default `HONEYCOMB_API_ENDPOINT`, else https://api.honeycomb.io; Europe is https://api.eu1.honeycomb.io. */
  readonly endpoint?: string;
}

export function honeycomb(options: HoneycombOptions = {}): DestinationPreset {
  const destination = "honeycomb";
  return {
    name: destination,
    resolve(settings) {
      const { environment, service } = settings;
      const value = options.apiKey ?? environment["HONEYCOMB_API_KEY"];
      const apiKey = requireSetting({ destination, option: "apiKey", variable: "HONEYCOMB_API_KEY", value });
      const base = trimUrl(
        options.endpoint ?? environment["HONEYCOMB_API_ENDPOINT"] ?? "https://api.honeycomb.io",
      );
      const dataset = options.dataset ?? environment["HONEYCOMB_DATASET"];
      const target = (path: string, named: string | undefined) =>
        createTarget({
          destination,
          url: `${base}${path}`,
          headers: { "x-honeycomb-team": apiKey, "x-honeycomb-dataset": named },
          options,
          settings,
        });
      return {
        name: destination,
        traces: target("/v1/traces", dataset),
        metrics: target("/v1/metrics", dataset ?? `${service}_metrics`),
        logs: target("/v1/logs", dataset),
      };
    },
  };
}
