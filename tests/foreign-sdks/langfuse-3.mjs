// An application as the Langfuse SDK 3 has it: traces and observations by its own API.
import process from "node:process";
import { Langfuse, observeOpenAI } from "langfuse";
import OpenAI from "openai";

const { SPANLIGHT_URL, PROVIDER_URL, USER_ID, SESSION_ID } = process.env;
const langfuse = new Langfuse({ publicKey: "pk", secretKey: "sk", baseUrl: SPANLIGHT_URL });
const trace = langfuse.trace({ name: "answer", userId: USER_ID, sessionId: SESSION_ID, input: "hi" });
const openai = observeOpenAI(new OpenAI({ apiKey: "x", baseURL: PROVIDER_URL }), { parent: trace });
const answer = await openai.chat.completions.create({
  model: "gpt-4o-mini",
  messages: [{ role: "user", content: "hi" }],
});
const tool = trace.span({ name: "get_order", input: { id: 3 } });
await langfuse.flushAsync();
tool.end({ output: { total: 9 } });
trace.update({ output: answer.choices[0].message.content });
trace.score({ name: "helpful", value: 0.9, comment: "good" });
await langfuse.shutdownAsync();
