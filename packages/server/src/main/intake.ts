import type { Settings } from "../config/config.ts";
import { createLogIngest } from "../ingest/ingest-logs.ts";
import { createMetricIngest, type MetricIngest } from "../ingest/ingest-metrics.ts";
import { createTraceIngest } from "../ingest/ingest-traces.ts";
import { RecentCalls } from "../ingest/recent-calls.ts";
import { Pricer } from "../price/price-call.ts";
import type { SignalIngests } from "../receive/otlp-signals.ts";
import { BodyReader } from "../receive/read-body.ts";
import type { Spool } from "../spool/spool.ts";

/** What all doors that write share: the ways to the spool, and the bound on what their bodies take together. */
export interface Intake {
  readonly signals: SignalIngests & { readonly metrics: MetricIngest };
  readonly bodies: BodyReader;
  readonly pricer: Pricer;
  readonly recentCalls: RecentCalls;
}

export function createIntake(settings: Settings, spool: Spool): Intake {
  const pricer = new Pricer();
  const recentCalls = new RecentCalls();
  const now = Date.now;
  return {
    signals: {
      traces: createTraceIngest({ spool, pricer, recentCalls }),
      metrics: createMetricIngest({ spool, now, maxSeries: settings.max_series }),
      logs: createLogIngest({ spool, now }),
    },
    bodies: new BodyReader({
      maxBodyBytes: settings.max_body_bytes,
      maxBytesInFlight: settings.max_bytes_in_flight,
    }),
    pricer,
    recentCalls,
  };
}
