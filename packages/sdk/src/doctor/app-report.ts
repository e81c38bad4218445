import type { Config } from "../config.ts";
import type { Destination } from "../destinations/destination.ts";
import type { DestinationStatus } from "../destinations/open-destinations.ts";
import type { Runtime } from "../runtime.ts";

/** What was seen inside the application, as it is written down for the doctor outside. */
export interface AppReport {
  readonly initialised: boolean;
  /** Client libraries in the order they were evaluated, and whether the SDK ran by then. */
  readonly clients: readonly { readonly name: string; readonly afterInit: boolean }[];
  /** Requests to the paths of model providers that left the process. */
  readonly providerRequests: number;
  /** Model calls that the SDK recorded, and how many of them with content. */
  readonly calls: number;
  readonly callsWithContent: number;
  readonly tracing: Runtime["standing"]["tracing"];
  /** Whether the tracer provider the SDK started with is still the one in place at the end. */
  readonly providerKept: boolean;
  /** Name of the class of the provider in place at the end. */
  readonly providerName: string;
  readonly destinations: readonly DestinationStatus[];
  readonly settings: AppSettings | undefined;
}

/** The settings the application runs with, as far as they can be written down. */
export type AppSettings = Pick<
  Config,
  "disabled" | "exportTraces" | "exportMetrics" | "captureContent" | "resource"
> & {
  /** Without their dialects, which are functions. */
  readonly destinations: readonly Pick<Destination, "name" | "traces" | "logs" | "metrics" | "temporality">[];
};

/** The variable that tells the watch inside the application where to write its report. */
export const reportVariable = "SPANLIGHT_DOCTOR_REPORT";
