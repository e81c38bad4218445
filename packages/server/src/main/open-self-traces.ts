import type { Settings } from "../config/config.ts";
import type { Destination } from "../self/traces/span-outbox.ts";
import type { TraceIntake } from "../self/traces/store-destination.ts";
import type { StorePlace } from "../self/traces/trace-engine.ts";
import type { Log } from "../spool/inserter.ts";
import { parseStoreAddress } from "../store/store-address.ts";
import { readSelfTracesPlace, type SelfTracesPlace } from "./self-traces-place.ts";
import { createRouteFinder, createWatchers, isTraced, noTraces, type ServerTraces } from "./server-traces.ts";
import { readVersion } from "./version.ts";

/** A batch is tried again for so long; after it it is given up. */
const sendTimeoutMs = 10_000;

/**
 * Opens the server's own traces as the settings say. OpenTelemetry's SDK is loaded where there is something to do for it. Throws
 * ConfigError.
 */
export async function openSelfTraces(settings: Settings, log: Log): Promise<ServerTraces> {
  const place = readSelfTracesPlace(settings);
  let connect: (intake: TraceIntake) => void = () => undefined;
  const intake = new Promise<TraceIntake>((resolve) => (connect = resolve));
  if (place.kind === "off") return noTraces;
  const { createSelfTraces } = await import("../self/traces/create-self-traces.ts");
  const { traceEngine } = await import("../self/traces/trace-engine.ts");
  const { traceRequests } = await import("../self/traces/trace-requests.ts");
  const traces = createSelfTraces({
    destination: await openDestination(place, intake),
    ratio: settings.self_traces_ratio,
    version: readVersion(),
    log,
  });
  const storePlace = toStorePlace(settings);
  return {
    own: traces,
    traceEngine: (engine) => traceEngine(engine, traces, storePlace),
    traceRequests: (application, routes) =>
      traceRequests(application, { tracing: traces, isTraced, findRoute: createRouteFinder(routes) }),
    around: createWatchers(traces),
    connect,
    leave: (outside) => traces.leave(outside),
    close: (graceMs) => traces.close(graceMs),
  };
}

async function openDestination(
  place: Exclude<SelfTracesPlace, { kind: "off" }>,
  intake: Promise<TraceIntake>,
): Promise<Destination> {
  if (place.kind === "store") {
    const { createStoreDestination } = await import("../self/traces/store-destination.ts");
    return createStoreDestination(intake);
  }
  const { createOtlpDestination } = await import("../self/traces/otlp-destination.ts");
  return createOtlpDestination({ ...place, timeoutMs: sendTimeoutMs });
}

function toStorePlace({ store }: Settings): StorePlace | undefined {
  if (store === undefined) return undefined;
  const { hostname, port, protocol } = new URL(parseStoreAddress(store).url);
  return { address: hostname, port: Number(port) || (protocol === "https:" ? 443 : 80) };
}
