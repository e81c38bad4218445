import { z } from "zod";

/** Answer of `GET /api/services`: what there is to choose from in the range, each list sorted. */
export const pickersSchema = z.object({
  services: z.array(z.string()),
  environments: z.array(z.string()),
  endpoints: z.array(z.string()),
  providers: z.array(z.string()),
  models: z.array(z.string()),
  operations: z.array(z.string()),
});

export type Pickers = z.infer<typeof pickersSchema>;
