import { findModel, type Model } from "./models.ts";
import { invalidRequest, unknownModel } from "./provider-error.ts";

/** The model a request names, if it does that kind of work; else the provider's 400 or 404. */
export function requireModel(name: unknown, kinds: readonly Model["kind"][]): Model {
  if (typeof name !== "string" || name === "")
    throw invalidRequest("you must provide a model parameter", null);
  const model = findModel(name);
  if (model === undefined) throw unknownModel(name);
  if (!kinds.includes(model.kind))
    throw invalidRequest(
      `The requested operation is not supported by the model '${name}'.`,
      "model",
      "unsupported_operation",
    );
  return model;
}
