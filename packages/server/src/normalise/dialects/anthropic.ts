import type { Dialect } from "../dialect.ts";
import { field } from "../fields.ts";

/** What Anthropic's SDK (0.134 and later) adds to the GenAI conventions when it traces itself. */
export const anthropic: Dialect = {
  name: "anthropic",
  keys: [
    ["anthropic.message.stop_reason", field.finishReasons],
    ["anthropic.usage.cache_creation.ephemeral_5m_input_tokens", field.none],
    ["anthropic.request.id", field.none],
    ["anthropic.organization.id", field.none],
  ],
  contentPrefixes: [],
};
