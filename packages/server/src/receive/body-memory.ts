import { OverloadedError } from "./errors.ts";

/** The bytes that all bodies in the house take together, counted as they come: what a sender announces takes none. */
export class BodyMemory {
  readonly maxBytes: number;
  private heldBytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Throws OverloadedError where so many more bytes would not fit now. */
  refuseIfTooMany(bytes: number): void {
    if (bytes > 0 && this.heldBytes + bytes > this.maxBytes) {
      throw new OverloadedError("requests come faster than they can be taken: try again in a second");
    }
  }

  /** Starts the account of one body. */
  open(): HeldBytes {
    return new HeldBytes(this);
  }

  add(bytes: number): void {
    this.heldBytes += bytes;
  }
}

/** What one body takes of the memory of all. */
export class HeldBytes {
  private readonly memory: BodyMemory;
  private bytes = 0;
  private mostBytes = 0;

  constructor(memory: BodyMemory) {
    this.memory = memory;
  }

  /** Throws OverloadedError, and takes nothing, where they do not fit. */
  take(bytes: number): void {
    this.memory.refuseIfTooMany(bytes);
    this.memory.add(bytes);
    this.bytes += bytes;
    this.mostBytes = Math.max(this.mostBytes, this.bytes);
  }

  giveBack(bytes: number): void {
    this.memory.add(-bytes);
    this.bytes -= bytes;
  }

  /** Gives all of it back; answers the most that was held at a time. */
  release(): number {
    this.giveBack(this.bytes);
    return this.mostBytes;
  }
}
