import type { Hono } from "hono";
import type { Door } from "../door.ts";
import { addLangfuseMedia } from "./langfuse-media.ts";
import { addLangfuseRoutes } from "./langfuse-routes.ts";
import { addLangSmithRoutes } from "./langsmith-routes.ts";
import type { NativeDoorOptions } from "./native-door.ts";
import { addOpikRoutes } from "./opik-routes.ts";
import { addPhoenixRoutes } from "./phoenix-routes.ts";
import { addScoreRoutes } from "./score-routes.ts";
import { addTraceloopRoutes } from "./traceloop-routes.ts";

/** Adds the routes that the SDKs of other products call beside OTLP, and our own for scores. */
export function addNativeRoutes(app: Hono<Door>, options: NativeDoorOptions): void {
  addLangfuseRoutes(app, options);
  addLangfuseMedia(app, options);
  addLangSmithRoutes(app, options);
  addOpikRoutes(app, options);
  addPhoenixRoutes(app, options);
  addTraceloopRoutes(app, options);
  addScoreRoutes(app, options);
}
