import type { Bot } from "./bot.ts";
import { archive } from "./handbook.ts";

/** Five sentences of a long text. */
export async function summariseText(bot: Bot, text: string): Promise<string> {
  const isExpensive = bot.faults.isOn("expensive");
  const response = await bot.client.responses.create({
    model: isExpensive ? bot.models.expensive : bot.models.summary,
    instructions: "Summarise the conversation for the next colleague, in at most five sentences.",
    input: isExpensive ? `${archive}\n\n${text}` : text,
    max_output_tokens: 400,
  });
  return response.output_text;
}
