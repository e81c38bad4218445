import { retrieval } from "@spanlight/sdk";
import type OpenAI from "openai";
import type { Bot } from "./bot.ts";
import { handbook, type Passage } from "./handbook.ts";
import { createVectorIndex, type Match, type VectorIndex } from "./vector-index.ts";

/** Embeds the handbook once, at start. */
export async function indexHandbook(client: OpenAI, model: string): Promise<VectorIndex<Passage>> {
  const input = handbook.map((passage) => `${passage.title}\n${passage.text}`);
  const { data } = await client.embeddings.create({ model, input });
  return createVectorIndex(
    handbook,
    data.map((item) => item.embedding),
  );
}

/** The passages nearest to a question, timed as a retrieval of its own. */
export async function retrievePassages(bot: Bot, query: string, topK: number): Promise<Match<Passage>[]> {
  return retrieval({ source: "handbook", query, topK }, async () => {
    const { data } = await bot.client.embeddings.create({ model: bot.models.embedding, input: query });
    return bot.index.search(data[0]?.embedding ?? [], topK);
  });
}
