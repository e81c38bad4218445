// An application as the Opik SDK has it: traces, spans and scores by its own API.
import process from "node:process";
import OpenAI from "openai";
import { Opik } from "opik";

const { SPANLIGHT_URL, PROVIDER_URL, USER_ID, SESSION_ID } = process.env;
const opik = new Opik({ apiUrl: `${SPANLIGHT_URL}/api`, projectName: "shop" });
const openai = new OpenAI({ apiKey: "x", baseURL: PROVIDER_URL });
const trace = opik.trace({
  name: "answer",
  input: { question: "hi" },
  threadId: SESSION_ID,
  metadata: { user_id: USER_ID },
});
const input = { model: "gpt-4o-mini", messages: [{ role: "user", content: "hi" }] };
const span = trace.span({ name: "chat", type: "llm", model: "gpt-4o-mini", provider: "openai", input });
await opik.flush();
const { choices, usage } = await openai.chat.completions.create(input);
span.update({
  output: { choices },
  usage: {
    prompt_tokens: usage.prompt_tokens,
    completion_tokens: usage.completion_tokens,
    total_tokens: usage.total_tokens,
    "original_usage.prompt_tokens_details.cached_tokens": usage.prompt_tokens_details.cached_tokens,
  },
});
span.end();
trace.score({ name: "helpful", value: 0.9, reason: "good" });
trace.update({ output: { answer: choices[0].message.content } });
trace.end();
await opik.flush();
