/**
 * Loaded into the application before its own code: sees when the SDK starts, when client libraries do, what leaves the process and
 * what is recorded, and writes it down when the process ends. Changes nothing the application can see.
 */
import { subscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";
import module from "node:module";
import { watchedModules } from "../modules/watched-modules.ts";
import type { Spanlight } from "../init.ts";
import type { Runtime } from "../runtime.ts";
import { findGlobalProvider } from "../tracing/join-provider.ts";
import { reportVariable, type AppReport, type AppSettings } from "./app-report.ts";

const providerPath =
  /\/(?:chat\/completions|responses|completions|embeddings|messages|converse(?:-stream)?|invoke(?:-with-response-stream)?)(?:\?|$)|:(?:generateContent|streamGenerateContent|embedContent)\b/;

const runtimeSlot = Symbol.for("@spanlight/sdk.runtime");
const runningSlot = Symbol.for("@spanlight/sdk.running");
const loadedSlot = Symbol.for("@spanlight/sdk.doctor_loaded");
const holder = globalThis as Record<symbol, unknown>;

const clients: { name: string; afterInit: boolean }[] = [];
let runtime: Runtime | undefined;
let provider: object | undefined;
let wasOwn = false;
let requests = 0;
let calls = 0;
let callsWithContent = 0;

watchStart();
watchClients();
watchRequests();
const path = process.env[reportVariable];
if (path !== undefined) {
  writeReport(path);
  process.once("exit", () => writeReport(path));
  // A server is ended by the doctor, and not every one ends by itself.
  setInterval(() => writeReport(path), 1000).unref();
}

/** The SDK puts its runtime into a slot of the global object when it starts. */
function watchStart(): void {
  let current: Runtime | undefined;
  Object.defineProperty(holder, runtimeSlot, {
    configurable: true,
    enumerable: false,
    get: () => current,
    set(next: Runtime | undefined) {
      current = next;
      if (next === undefined) return;
      runtime = next;
      provider = findGlobalProvider();
      wasOwn = next.standing.tracing === "own";
      const onCall = (call: { readonly captureContent: boolean }): void => {
        calls++;
        if (call.captureContent) callsWithContent++;
      };
      next.hooks.on("onResponse", onCall, { readsMessages: false });
    },
  });
}

function watchClients(): void {
  const seen = new Set<string>();
  holder[loadedSlot] = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    clients.push({ name, afterInit: runtime !== undefined });
  };
  const loader = module as unknown as {
    _load: (this: unknown, request: string, ...rest: unknown[]) => unknown;
  };
  const original = loader._load;
  loader._load = function load(request, ...rest) {
    const exported = original.call(this, request, ...rest);
    for (const { source, request: pattern } of watchedModules)
      if (pattern.test(request)) (holder[loadedSlot] as (name: string) => void)(source);
    return exported;
  };
  const entries = watchedModules.map(({ source, file }) => ({ source, file: file.source }));
  module.register(`data:text/javascript,${encodeURIComponent(loaderSource(entries))}`);
}

/** Adds one line to the file of a client, that says when it is evaluated. */
function loaderSource(entries: readonly object[]): string {
  return `
const entries = ${JSON.stringify(entries)}.map((entry) => ({ ...entry, file: new RegExp(entry.file) }));
export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  const found = entries.find(({ file }) => file.test(url));
  if (found === undefined || loaded.format !== "module" || loaded.source == null) return loaded;
  const text = typeof loaded.source === "string" ? loaded.source : Buffer.from(loaded.source).toString();
  const line = ";globalThis[Symbol.for('@spanlight/sdk.doctor_loaded')]?.(" + JSON.stringify(found.source) + ");";
  return { ...loaded, source: text + "\\n" + line };
}
`;
}

function watchRequests(): void {
  const count = (path: unknown): void => {
    if (typeof path === "string" && providerPath.test(path)) requests++;
  };
  subscribe("undici:request:create", (message) =>
    count((message as { request?: { path?: unknown } }).request?.path),
  );
  subscribe("http.client.request.start", (message) =>
    count((message as { request?: { path?: unknown } }).request?.path),
  );
}

function writeReport(file: string): void {
  try {
    writeFileSync(file, JSON.stringify(createReport()));
  } catch {
    // Without a report the doctor says that it got none.
  }
}

function createReport(): AppReport {
  runtime?.hooks.drain();
  const running = holder[runningSlot] as Spanlight | undefined;
  const current = findGlobalProvider();
  return {
    initialised: runtime !== undefined,
    clients,
    providerRequests: requests,
    calls,
    callsWithContent,
    tracing: runtime?.standing.tracing ?? "foreign",
    // After its shutdown the SDK has given the globals back: then nobody replaced it.
    providerKept:
      provider === undefined || current === provider || gaveWay() || holder[runtimeSlot] === undefined,
    providerName: current.constructor.name,
    destinations: running?.destinations ?? [],
    settings: runtime === undefined ? undefined : toSettings(runtime),
  };
}

/** Whether the application's provider came later, and ours made room for it. */
function gaveWay(): boolean {
  return wasOwn && runtime !== undefined && runtime.standing.tracing !== "own";
}

function toSettings({ config }: Runtime): AppSettings {
  const { disabled, exportTraces, exportMetrics, captureContent, resource } = config;
  const destinations = config.destinations.map(({ name, traces, logs, metrics, temporality }) => {
    return { name, traces, logs, metrics, ...(temporality === undefined ? {} : { temporality }) };
  });
  return { disabled, exportTraces, exportMetrics, captureContent, resource, destinations };
}
