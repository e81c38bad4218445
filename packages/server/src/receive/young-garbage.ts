import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** A third of what V8 lets gather outside a small heap before it walks through all of it. */
const collectEveryBytes = 4 * 1024 * 1024;

type Collect = (options: { readonly type: "minor" }) => void;

/**
 * The chunks of bodies lie outside V8's heap and die at once; what is left of them inside it is a few bytes each, so that its young
 * generation is seldom full. V8 then notices the bytes outside and marks the whole heap, a tenth of the cost of a span. A look at the
 * young generation alone, every few megabytes, frees them for a hundredth of that.
 */
export class YoungGarbage {
  private readonly collect: Collect | undefined = findCollector();
  private bytes = 0;

  constructor() {
    if (this.collect !== undefined) keepFreedMemory(this.collect);
  }

  /** Tells that chunks of so many bytes were read and let go. */
  add(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes < collectEveryBytes) return;
    this.bytes = 0;
    this.collect?.({ type: "minor" });
  }
}

/** Just below what glibc takes for a sign (`DEFAULT_MMAP_THRESHOLD_MAX`, 32 MiB). */
const signBytes = 31 * 1024 * 1024;

/**
 * glibc gives memory back to the system as soon as 128 kB at the end of its heap are free, and the next chunk of a body faults its pages
 * in again: a quarter of a fault for each span. Once a block that was mapped on its own is freed, up to twice its size stays
 * (mallopt(3), "dynamic mmap threshold"). Nothing is written into the block, so that it takes no memory.
 */
function keepFreedMemory(collect: Collect): void {
  Buffer.allocUnsafeSlow(signBytes);
  collect({ type: "minor" });
}

/** Absent where the runtime has no such thing: then it collects as it does by itself. */
function findCollector(): Collect | undefined {
  try {
    setFlagsFromString("--expose-gc");
    const found: unknown = runInNewContext("gc");
    return typeof found === "function" ? (options) => void found(options) : undefined;
  } catch {
    return undefined;
  } finally {
    setFlagsFromString("--no-expose-gc");
  }
}
