/** A document and the cosine similarity of its vector to the one searched for; 1 = same direction. */
export type Match<Document> = Document & { readonly score: number };

/** Documents with unit vectors, compared one by one: right for hundreds, not for millions. */
export interface VectorIndex<Document> {
  /** The nearest documents, nearest first. */
  search(vector: readonly number[], most: number): Match<Document>[];
}

export function createVectorIndex<Document>(
  documents: readonly Document[],
  vectors: readonly (readonly number[])[],
): VectorIndex<Document> {
  return {
    search(vector, most) {
      return documents
        .map((document, index) => ({ ...document, score: multiply(vectors[index] ?? [], vector) }))
        .toSorted((a, b) => b.score - a.score)
        .slice(0, most);
    },
  };
}

function multiply(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
