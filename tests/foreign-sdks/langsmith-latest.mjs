// An application as LangSmith's SDK has it since 0.11: feedback of a run whose trace is known leaves among the runs.
import process from "node:process";
import { Client } from "langsmith";
import { getCurrentRunTree, traceable } from "langsmith/traceable";
import { wrapOpenAI } from "langsmith/wrappers";
import OpenAI from "openai";

const { PROVIDER_URL, USER_ID, SESSION_ID } = process.env;
const client = new Client();
const openai = wrapOpenAI(new OpenAI({ apiKey: "x", baseURL: PROVIDER_URL }), { client });
let run;
const answer = traceable(
  async (question) => {
    run = getCurrentRunTree();
    const request = { model: "gpt-4o-mini", messages: [{ role: "user", content: question }] };
    const said = await openai.chat.completions.create(request, { langsmithExtra: { tags: ["shop"] } });
    return said.choices[0].message.content;
  },
  { name: "answer", run_type: "chain", client, metadata: { user_id: USER_ID, session_id: SESSION_ID } },
);
await answer("hi");
const { id } = await client.createFeedback(run.id, "helpful", {
  score: 0.1,
  comment: "good",
  traceId: run.trace_id,
});
await client.awaitPendingTraceBatches();
await client.updateFeedback(id, { score: 0.9 });
