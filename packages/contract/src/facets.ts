import { z } from "zod";

/** One value of a facet with the number of traces that carry it in the range. */
export const facetValueSchema = z.object({ value: z.string(), count: z.int() });

/** Answer of `GET /api/traces/facets`, which takes the same filters as the list. */
export const traceFacetsSchema = z.object({
  /** 1 = exact. n = an estimate from every n-th trace, because the range holds too many to count while one waits. */
  sampledOneIn: z.int(),
  facets: z.array(
    z.object({
      name: z.enum([
        "status",
        "service",
        "endpoint",
        "provider",
        "model",
        "operation",
        "errorType",
        "prompt",
      ]),
      values: z.array(facetValueSchema),
    }),
  ),
  /** Traces per step, split by status, for the histogram above the list. */
  histogram: z.object({
    stepSeconds: z.number(),
    points: z.array(z.object({ time: z.string(), ok: z.int(), error: z.int() })),
  }),
  totals: z.object({
    traces: z.int(),
    errors: z.int(),
    p95Ms: z.number().nullable(),
    costUsd: z.number().nullable(),
  }),
});

export type FacetValue = z.infer<typeof facetValueSchema>;
export type TraceFacets = z.infer<typeof traceFacetsSchema>;
