import type { Score } from "./part.ts";

/** Finds a score that is stored, by its id; undefined where there is none. */
export type FindScore = (project: string, id: string) => Promise<Score | undefined>;

/** Scores change soon after they are given, before the store has them. */
const rememberedScores = 2000;

/** Scores that were given, for SDKs that change one by its id alone. */
export class GivenScores {
  private readonly recent = new Map<string, Score>();
  private readonly findStored: FindScore;

  constructor(findStored: FindScore) {
    this.findStored = findStored;
  }

  remember(project: string, scores: readonly Score[]): void {
    for (const score of scores) {
      const key = `${project}\n${score.id}`;
      this.recent.delete(key);
      this.recent.set(key, score);
    }
    for (const key of this.recent.keys()) {
      if (this.recent.size <= rememberedScores) return;
      this.recent.delete(key);
    }
  }

  /** The score as it was last given. Rejects where the store cannot be asked. */
  async find(project: string, id: string): Promise<Score | undefined> {
    return this.recent.get(`${project}\n${id}`) ?? (await this.findStored(project, id));
  }
}
