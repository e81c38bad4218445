import type { BufferPool } from "./buffer-pool.ts";

/** Larger bodies grow into their room: whoever announces much and sends little takes little. */
const firstBytes = 1024 * 1024;

/** A body of known length that comes in pieces, in a room from the pool. */
export class GrowingBuffer {
  private readonly pool: BufferPool;
  private readonly maxBytes: number;
  private room: Buffer;
  private length = 0;

  /** `maxBytes`: as many as will come. */
  constructor(pool: BufferPool, maxBytes: number) {
    this.pool = pool;
    this.maxBytes = maxBytes;
    this.room = pool.take(Math.min(maxBytes, firstBytes));
  }

  append(chunk: Buffer): void {
    if (this.length + chunk.length > this.room.length) this.grow(this.length + chunk.length);
    chunk.copy(this.room, this.length);
    this.length += chunk.length;
  }

  /** What has come; nobody may read it once the room is given back. */
  content(): Buffer {
    return this.room.subarray(0, this.length);
  }

  giveBack(): void {
    this.pool.give(this.room);
  }

  private grow(neededBytes: number): void {
    const smaller = this.room;
    this.room = this.pool.take(Math.max(neededBytes, Math.min(this.maxBytes, smaller.length * 4)));
    smaller.copy(this.room, 0, 0, this.length);
    this.pool.give(smaller);
  }
}
