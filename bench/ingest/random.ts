/** Whole numbers from 0 to 2³² − 1, repeatable by seed (xorshift32). */
export function createRandomBits(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
