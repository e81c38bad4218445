// Client libraries that want an older zod than the rest of the repository, so that they are installed apart.
import { generateText, simulateReadableStream, streamText, tool, type LanguageModelV1 } from "ai4";
import { MockLanguageModelV1 } from "ai4/test";
import OpenAI4 from "openai4";
import OpenAI5 from "openai5";
import { z as zod3 } from "zod";

/** What the tests use of version 4 of the AI SDK. */
export const ai4 = { generateText, simulateReadableStream, streamText, tool };

type Answers = ConstructorParameters<typeof MockLanguageModelV1>[0];

/** A model of the AI SDK 4 that answers so. */
export function createOldModel(answers: Answers): LanguageModelV1 {
  // Its types disagree with each other where optional properties are taken at their word.
  return new MockLanguageModelV1(answers) as LanguageModelV1;
}

export { OpenAI4, OpenAI5, zod3 };
