import type { z } from "zod";

/** A route as the OpenAPI document describes it. */
export interface Route {
  readonly path: string;
  /** Default `get`. */
  readonly method?: "get" | "post" | "put" | "patch" | "delete";
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Status of success. Default 200. */
  readonly status?: number;
  /** Absent: success has no body. */
  readonly answer?: z.ZodType;
}
