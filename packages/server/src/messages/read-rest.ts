import { type ContentMap, parseText } from "./content-map.ts";

/** Keys that the readers of messages, tools and documents show in a form of their own. */
const shownElsewhere = new RegExp(
  [
    "^gen_ai\\.(input\\.messages|output\\.messages|system_instructions|tool\\.definitions|tool\\.call\\.|retrieval\\.documents|memory\\.|prompt|completion)",
    "^llm\\.(input_messages|output_messages|tools)\\.",
    "^(retrieval|reranker)\\.",
    "^ai\\.(prompt|response|toolCall|request\\.text$|documents$|ranking$|decision\\.|values?$)",
    "^(input|output)(\\.value)?$",
    "^tool\\.parameters$",
    "^langfuse\\.(observation|trace)\\.(input|output)$",
    "^opik\\.(input|output)$",
    "^traceloop\\.entity\\.(input|output)$",
    "^mlflow\\.(spanInputs|spanOutputs|chat\\.)",
    "^mastra\\..*\\.(input|output)$",
    "^gcp\\.vertex\\.agent\\.",
    "^gen_ai\\.(content\\.|tool\\.args$)",
    "^(user_prompt|new_context|user_system_prompt|tool_input|response\\.model_output)$",
    "^spanlight\\.media$",
    "^events$",
  ].join("|"),
);

/** What stands in the content and in no message: schemas, templates, vectors. Shown among the attributes, parsed where it is JSON. */
export function readRest(content: ContentMap): Record<string, unknown> {
  const rest = Object.entries(content).filter(([key]) => !shownElsewhere.test(key));
  return Object.fromEntries(rest.map(([key, text]) => [key, parseText(text)]));
}
