import { trace } from "@opentelemetry/api";
import type { Config } from "../config.ts";
import { readContextAttributes } from "../context/call-context.ts";
import type { Outlets } from "../destinations/open-destinations.ts";
import type { Runtime } from "../runtime.ts";
import type { Clock } from "./clock.ts";
import { hasGlobal } from "./has-global.ts";
import { isolateProvider } from "./isolated-provider.ts";
import { joinGlobalProvider, type Join } from "./join-global-provider.ts";
import { createTracerProvider, type SpanlightTracerProvider } from "./tracer-provider.ts";

interface StandingParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly outlets: Outlets;
  readonly onFailure: Runtime["onFailure"];
}

/** Who makes our spans: our own provider, the application's, or ours apart from it. It changes when the application's comes later. */
export class Standing {
  readonly #parts: StandingParts;
  #join: Join | undefined;
  #provider: SpanlightTracerProvider | undefined;

  constructor(parts: StandingParts) {
    this.#parts = parts;
    if (hasGlobal("trace")) this.#joinGlobal();
    else this.#provider = this.#createProvider();
  }

  /** Ours, where spans are its. */
  get provider(): SpanlightTracerProvider | undefined {
    return this.#provider;
  }

  get tracing(): Runtime["standing"]["tracing"] {
    if (this.#join === undefined) return "own";
    const names = { joined: "joined", apart: "beside", unwanted: "foreign" } as const;
    return names[this.#join.state];
  }

  /** The application has registered a provider after ours. */
  giveWay(): void {
    const ours = this.#provider;
    this.#joinGlobal();
    ours?.giveWayTo(trace.getTracerProvider());
  }

  leave(): void {
    if (this.#join?.state === "joined") this.#join.leave();
  }

  #joinGlobal(): void {
    const { config, outlets, onFailure } = this.#parts;
    this.#join = joinGlobalProvider(config, outlets, onFailure);
    this.#provider =
      this.#join.state === "apart" ? isolateProvider(this.#createProvider(), config.sampler) : undefined;
  }

  #createProvider(): SpanlightTracerProvider {
    const { config, clock, outlets } = this.#parts;
    const { sampler, limits } = config;
    const sinks = outlets.spanSinks;
    return createTracerProvider({ clock, sampler, limits, sinks, contextAttributes: readContextAttributes });
  }
}
