const stopWords = new Set(
  "a about after all also am an and any are as at be been before but by can could did do does for from get had has have how i if in into is it its just like may me my no not of on or our out please so some than that the their them then there they this to until up us was we were what when where which who will with would you your".split(
    " ",
  ),
);

/** Content words in lower case, cut to their first six letters so that "return", "returns" and "returned" agree. */
export function listStems(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\d]+/gu) ?? [];
  return words.filter((word) => word.length > 1 && !stopWords.has(word)).map((word) => word.slice(0, 6));
}

/** Sentences and list lines of a text, without the marks around them. */
export function listSentences(text: string): string[] {
  return text
    .split(/(?<=[.!?])\s+|\n+/)
    .map((sentence) => sentence.replace(/^[\s#>*\-\d.[\]]+/, "").trim())
    .filter((sentence) => sentence.length >= 24 && sentence.length <= 400);
}

/** The sentences that share most words with the question, best first; those that share none are left out. */
export function rankSentences(sentences: readonly string[], question: string): string[] {
  const asked = new Set(listStems(question));
  return [...new Set(sentences)]
    .map((sentence) => {
      const stems = new Set(listStems(sentence));
      const shared = [...stems].filter((stem) => asked.has(stem)).length;
      return { sentence, score: shared / Math.sqrt(stems.size + 4) };
    })
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .map(({ sentence }) => sentence);
}

/** The sentences made of a text's most frequent words, in their order: an extract that serves as a summary. */
export function summarise(text: string, most: number): string[] {
  const counts = new Map<string, number>();
  for (const stem of listStems(text)) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  const sentences = [...new Set(listSentences(text))];
  const weigh = (sentence: string): number => {
    const stems = listStems(sentence);
    const sum = stems.reduce((total, stem) => total + (counts.get(stem) ?? 0), 0);
    return sum / (stems.length + 3);
  };
  const chosen = new Set(sentences.toSorted((a, b) => weigh(b) - weigh(a)).slice(0, most));
  return sentences.filter((sentence) => chosen.has(sentence));
}
