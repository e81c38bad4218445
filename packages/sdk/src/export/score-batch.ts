import type { Score } from "../manual/score.ts";
import type { Batch, SealedBatch } from "./batch.ts";

/** One score per request, as JSON: the scores APIs take them one by one. */
export class ScoreBatch implements Batch<Score> {
  readonly #toBody: (score: Score) => object;
  #body: Buffer | undefined;

  constructor(toBody: (score: Score) => object) {
    this.#toBody = toBody;
  }

  get count(): number {
    return this.#body === undefined ? 0 : 1;
  }

  get sizeBytes(): number {
    return this.#body?.length ?? 0;
  }

  add(score: Score): void {
    this.#body = Buffer.from(JSON.stringify(this.#toBody(score)));
  }

  seal(): SealedBatch {
    const body = this.#body ?? Buffer.alloc(0);
    const { count } = this;
    this.#body = undefined;
    return { body, count };
  }
}
