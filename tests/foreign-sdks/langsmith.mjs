// An application as the LangSmith SDK has it: runs by its own API, configured by environment variables alone.
import process from "node:process";
import { Client } from "langsmith";
import { getCurrentRunTree, traceable } from "langsmith/traceable";
import { wrapOpenAI } from "langsmith/wrappers";
import OpenAI from "openai";

const { PROVIDER_URL, USER_ID, SESSION_ID } = process.env;
const client = new Client();
const openai = wrapOpenAI(new OpenAI({ apiKey: "x", baseURL: PROVIDER_URL }), { client });
let runId = "";
const answer = traceable(
  async (question) => {
    runId = getCurrentRunTree().id;
    const said = await openai.chat.completions.create({
      model: "gpt-4o-mini",
      messages: [{ role: "user", content: question }],
    });
    // What was said so far leaves before this run ends.
    await client.flush();
    return said.choices[0].message.content;
  },
  { name: "answer", run_type: "chain", client, metadata: { user_id: USER_ID, session_id: SESSION_ID } },
);
await answer("hi");
await client.awaitPendingTraceBatches();
await client.createFeedback(runId, "helpful", { score: 0.9, comment: "good" });
