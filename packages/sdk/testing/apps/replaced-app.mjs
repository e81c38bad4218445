// A library that comes later takes the place of the SDK's tracer provider.
import { trace } from "@opentelemetry/api";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import { init } from "@spanlight/sdk";

init({ service: "replaced", endpoint: process.env.APP_ENDPOINT });
trace.disable();
trace.setGlobalTracerProvider(new BasicTracerProvider());
