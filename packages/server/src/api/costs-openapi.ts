import {
  customPriceInputSchema,
  customPriceSchema,
  modelPriceSchema,
  priceQuerySchema,
  pricesSchema,
  repriceJobSchema,
  repriceJobsSchema,
  repriceRequestSchema,
  unpricedModelsSchema,
} from "@spanlight/contract";
import { z } from "zod";
import type { Route } from "./openapi-route.ts";

/** The routes below `/api/prices` and `/api/reprice`. */
export const COST_ROUTES: readonly Route[] = [
  { path: "/api/prices", summary: "The price list, its age, and custom prices", answer: pricesSchema },
  {
    path: "/api/prices/lookup",
    summary: "What a model costs at a moment",
    query: priceQuerySchema,
    answer: modelPriceSchema,
  },
  {
    path: "/api/prices/unpriced",
    summary: "Models without a price",
    query: z.object({ from: z.string().optional(), to: z.string().optional() }),
    answer: unpricedModelsSchema,
  },
  {
    path: "/api/prices/custom/{id}",
    method: "put",
    summary: "Sets a custom price",
    body: customPriceInputSchema,
    answer: customPriceSchema,
  },
  { path: "/api/prices/custom/{id}", method: "delete", summary: "Removes a custom price", status: 204 },
  { path: "/api/reprice", summary: "Recalculations of stored costs", answer: repriceJobsSchema },
  { path: "/api/reprice/{id}", summary: "A recalculation", answer: repriceJobSchema },
  {
    path: "/api/reprice",
    method: "post",
    summary: "Recalculates stored costs; answers 200 to a dry run",
    body: repriceRequestSchema,
    status: 202,
    answer: repriceJobSchema,
  },
];
