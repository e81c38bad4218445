import { expect, it } from "vitest";
import { blameFor } from "./blame.ts";

it.each([
  ["429", "limits"],
  ["rate_limit_exceeded", "limits"],
  ["500", "provider"],
  ["APIConnectionTimeoutError", "provider"],
  ["overloaded_error", "provider"],
  ["UND_ERR_SOCKET", "network"],
  ["ENOTFOUND", "network"],
  ["APIConnectionError", "network"],
  ["401", "request"],
  ["invalid_request_error", "request"],
  ["TypeError", null],
])("an error of type %s is blamed on %s", (errorType, blame) => {
  expect(blameFor(errorType)).toBe(blame);
});
