import { messagesApi } from "../anthropic/messages.ts";
import { chatApi } from "../openai/chat.ts";
import { completionsApi } from "../openai/completions.ts";
import { embeddingsApi } from "../openai/embeddings.ts";
import { responsesApi } from "../openai/responses.ts";
import type { ClientApi } from "./client-api.ts";

/** The model calls among what a client posts, by path. */
export const apis: Readonly<Record<string, ClientApi>> = {
  "/chat/completions": chatApi,
  "/responses": responsesApi,
  "/completions": completionsApi,
  "/embeddings": embeddingsApi,
  "/openai/v1/chat/completions": chatApi,
  "/openai/v1/embeddings": embeddingsApi,
  "/v1/messages": messagesApi,
  "/v1/messages?beta=true": messagesApi,
};
