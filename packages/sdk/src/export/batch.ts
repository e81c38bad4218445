/** A request that waits to be sent. */
export interface SealedBatch {
  readonly body: Buffer;
  /** Items in it. */
  readonly count: number;
}

/** Items of one request, encoded as they come, so that what waits is bytes and not objects. */
export interface Batch<Item> {
  readonly count: number;
  readonly sizeBytes: number;
  add(item: Item): void;
  /** The request made of what was added; the batch is empty afterwards. */
  seal(): SealedBatch;
}
