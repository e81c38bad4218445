import { createRandomBits } from "./random.ts";

const syllables =
  "al an ar be bo ca ce co da de di do el en er fa fi fo ga ge go ha he ho il in is ka ke la le li lo ma me mi mo na ne no ol on or pa pe po ra re ri ro sa se si so ta te ti to un ur va ve vi wa we wo".split(
    " ",
  );

/**
 * Text that compresses as prose does (about 2.7 : 1 by zstd level 1): words of a vocabulary of 30,000 drawn by
 * Zipf's law, in sentences. Safe inside a JSON string wherever it is cut.
 */
export function writeText(bytes: number, seed: number): Buffer {
  const random = createRandomBits(seed);
  const vocabulary = Array.from({ length: 30_000 }, () => {
    const length = 1 + (random() % 4);
    return Array.from({ length }, () => syllables[random() % syllables.length]).join("");
  });
  const text = Buffer.alloc(bytes, " ");
  let at = 0;
  let wordsLeft = 8;
  while (at < bytes) {
    // rank ∝ N^u is Zipf's law for u uniform.
    const rank = Math.floor(vocabulary.length ** (random() / 0x1_0000_0000)) - 1;
    const isLast = wordsLeft-- === 0;
    at += text.write(`${vocabulary[rank]}${isLast ? ". " : " "}`, at, "latin1");
    if (isLast) wordsLeft = 5 + (random() % 12);
  }
  return text;
}
