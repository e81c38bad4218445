// Which kind of work a span did, from what each dialect calls it. Source: GenAI conventions v1.41 operation names; OpenInference span kinds;
// Vercel AI SDK operation ids.

import { toWord, type Word } from "./words.ts";

export const spanTypes = [
  "",
  "model",
  "embedding",
  "retrieval",
  "reranker",
  "tool",
  "agent",
  "chain",
  "guard",
  "evaluator",
] as const;

export type SpanTypeName = (typeof spanTypes)[number];

const byOperation: Readonly<Record<string, SpanTypeName>> = {
  chat: "model",
  text_completion: "model",
  generate_content: "model",
  // Calls of models that speak, listen and draw. The Vercel AI SDK 7, OpenLLMetry 0.27 and OpenLIT 1.15 name them so.
  "ai.generateSpeech": "model",
  "ai.transcribe": "model",
  "ai.streamTranscribe": "model",
  decide: "model",
  image_generation: "model",
  image_edit: "model",
  image_variation: "model",
  image: "model",
  audio: "model",
  embeddings: "embedding",
  retrieval: "retrieval",
  rerank: "reranker",
  execute_tool: "tool",
  create_agent: "agent",
  invoke_agent: "agent",
  agent_step: "chain",
  invoke_workflow: "chain",
  execute_node: "chain",
  // Mastra's loop around its calls; where it is the call itself, its operation is chat.
  model_generation: "chain",
  plan: "chain",
  // Asks for the answer of a call that was billed when it was made.
  fetch_response: "chain",
  execute_task: "chain",
  memory: "chain",
  guardrail: "guard",
  evaluate: "evaluator",
  search_memory: "retrieval",
  create_memory: "chain",
  update_memory: "chain",
  upsert_memory: "chain",
  delete_memory: "chain",
  create_memory_store: "chain",
  delete_memory_store: "chain",
};

/** Operations as OpenLLMetry up to 0.20 and OpenLIT name them, in the conventions' words. */
const operationAliases: Readonly<Record<string, string>> = {
  completion: "text_completion",
  embedding: "embeddings",
  unknown: "",
  // The Agent Development Kit's calls: they name no operation but the kit (`DerivedFields`).
  "gcp.vertex.agent": "chat",
};

/** Kinds in capitals: OpenInference, Langfuse, OpenLLMetry, LangSmith, MLflow, Mastra, MCP. They do not contradict one another. */
const byKind: Readonly<Record<string, SpanTypeName>> = {
  LLM: "model",
  EMBEDDING: "embedding",
  CHAIN: "chain",
  RETRIEVER: "retrieval",
  RERANKER: "reranker",
  TOOL: "tool",
  AGENT: "agent",
  GUARDRAIL: "guard",
  EVALUATOR: "evaluator",
  PROMPT: "chain",
  DECISION: "chain",
  GENERATION: "model",
  WORKFLOW: "chain",
  TASK: "chain",
  PARSER: "chain",
  CHAT_MODEL: "model",
  AGENT_RUN: "agent",
  MODEL_GENERATION: "model",
  MODEL_STEP: "chain",
  TOOL_CALL: "tool",
  MCP_TOOL_CALL: "tool",
  CLIENT_TOOL_CALL: "tool",
  WORKFLOW_RUN: "chain",
  WORKFLOW_STEP: "chain",
  LLM_REQUEST: "model",
  INTERACTION: "agent",
  HOOK: "chain",
  "TOOL.EXECUTION": "chain",
  "TOOL.BLOCKED_ON_USER": "chain",
  PROVIDER_TOOL_CALL: "tool",
  MODEL_INFERENCE: "chain",
  MODEL_CHUNK: "chain",
  PROCESSOR_RUN: "chain",
  MAPPING: "chain",
  WORKFLOW_CONDITIONAL: "chain",
  WORKFLOW_CONDITIONAL_EVAL: "chain",
  WORKFLOW_LOOP: "chain",
  WORKFLOW_PARALLEL: "chain",
  WORKFLOW_SLEEP: "chain",
  WORKFLOW_WAIT_EVENT: "chain",
  MCP_SERVER_REQUEST: "chain",
  GRAPH_ACTION: "chain",
  SKILL_ACTION: "chain",
  WORKSPACE_ACTION: "chain",
  SCORER_RUN: "evaluator",
  SCORER_STEP: "evaluator",
  CLASSIFIER_EVALUATION: "evaluator",
  RAG_EMBEDDING: "embedding",
  RAG_VECTOR_OPERATION: "retrieval",
  RAG_INGESTION: "chain",
  RAG_ACTION: "chain",
  MEMORY_OPERATION: "chain",
  GENERAL: "chain",
  // Methods of the Model Context Protocol, where no operation is named.
  "TOOLS/CALL": "tool",
};

/** The operation a span type stands for where a dialect has no name for it. */
const operationByType: Readonly<Record<SpanTypeName, string>> = {
  "": "",
  model: "chat",
  embedding: "embeddings",
  retrieval: "retrieval",
  reranker: "rerank",
  tool: "execute_tool",
  agent: "invoke_agent",
  chain: "",
  guard: "",
  evaluator: "",
};

export interface SpanTyping {
  readonly spanType: SpanTypeName;
  readonly spanTypeWord: Word;
  readonly operationWord: Word;
}

/** Types a span by the words its dialects use; the first that is known decides. Empty words = not said. */
export function typeSpan(words: { operationId: string; operation: string; kind: string }): SpanTyping {
  const given = words.operation === "" && voices.has(words.operationId) ? words.operationId : words.operation;
  const named = operationAliases[given] ?? given;
  const spanType = typeOf({ ...words, operation: named });
  const operation = named === "" ? operationByType[spanType] : named;
  return { spanType, spanTypeWord: toWord(spanType), operationWord: toWord(operation) };
}

function typeOf(words: { operationId: string; operation: string; kind: string }): SpanTypeName {
  if (words.operationId !== "") return typeOfAiOperation(words.operationId);
  return byOperation[words.operation] ?? byKind[words.kind.toUpperCase()] ?? "";
}

/** The only spans of their calls; their operation is named as the AI SDK names it in the conventions' words. */
const voices: ReadonlySet<string> = new Set(["ai.generateSpeech", "ai.transcribe", "ai.streamTranscribe"]);

/** Loops around the calls of their kind, of which each has a span of its own. */
const loops = /^ai\.(embed|embedMany|rerank|decide)$/;

/** `ai.generateText` is the loop around its model calls and repeats their totals; `ai.generateText.doGenerate` is the call. */
function typeOfAiOperation(operationId: string): SpanTypeName {
  if (/\.do(Generate|Stream|Decide)$/.test(operationId) || voices.has(operationId)) return "model";
  if (operationId.endsWith(".doEmbed")) return "embedding";
  if (operationId.endsWith(".doRerank")) return "reranker";
  if (operationId === "ai.toolCall") return "tool";
  return loops.test(operationId) ? "chain" : "agent";
}
