import { tool } from "@spanlight/sdk";
import type { FunctionDefinition } from "openai/resources/shared";
import { findOrder, refundOrder } from "./orders.ts";

/** The tools the models may call. */
export const toolDefinitions: readonly (FunctionDefinition & { parameters: Record<string, unknown> })[] = [
  {
    name: "lookup_order",
    description: "Reads the state of an order: what was bought, where the parcel is, what it cost.",
    parameters: {
      type: "object",
      properties: { order_id: { type: "string", description: "Number of the order, like A-10234" } },
      required: ["order_id"],
      additionalProperties: false,
    },
  },
  {
    name: "refund",
    description: "Pays the money of an order back to the customer.",
    parameters: {
      type: "object",
      properties: {
        order_id: { type: "string", description: "Number of the order, like A-10234" },
        amount_usd: { type: "number", description: "Amount to pay back, in US dollars" },
        reason: { type: "string", description: "Why the customer wants the money back" },
      },
      required: ["order_id", "amount_usd", "reason"],
      additionalProperties: false,
    },
  },
];

/** One call of a tool, as the model asked for it. `arguments` is JSON text. */
export interface RequestedCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** Runs one tool in a span of its own. A tool that fails answers the model with what went wrong. */
export async function runTool(call: RequestedCall): Promise<string> {
  const input = parseArguments(call.arguments);
  try {
    const result = await tool({ name: call.name, callId: call.id, arguments: input }, () =>
      execute(call.name, input),
    );
    return JSON.stringify(result);
  } catch (error) {
    return JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
  }
}

/** A model asked for a tool that was not offered. */
export class UnknownToolError extends Error {
  readonly code = "unknown_tool";
}

async function execute(name: string, input: Readonly<Record<string, unknown>>): Promise<unknown> {
  const orderId = String(input["order_id"]);
  switch (name) {
    case "lookup_order":
      return findOrder(orderId);
    case "refund":
      return refundOrder(orderId, Number(input["amount_usd"]));
    default:
      throw new UnknownToolError(`There is no tool ${name}.`);
  }
}

function parseArguments(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
