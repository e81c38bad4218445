/** A stream nobody has read from for this long counts as dropped, also where something still holds it. */
const idleMs = 10 * 60_000;
const sweepMs = 60_000;

/** A stream that is open, and since when nobody has asked it for more; undefined while somebody waits for the provider. */
export interface OpenStream {
  readonly idleSinceMs: number | undefined;
  readonly isAborted: boolean;
  readonly clock: { now(): number };
  end(how: "dropped"): void;
}

const open = new Set<OpenStream>();
let sweeping: NodeJS.Timeout | undefined;

/** Watches a stream until `leaveStream`; one timer serves them all and holds no process open. */
export function joinStream(stream: OpenStream): void {
  open.add(stream);
  sweeping ??= setInterval(sweep, sweepMs).unref();
}

export function leaveStream(stream: OpenStream): void {
  open.delete(stream);
  if (open.size > 0 || sweeping === undefined) return;
  clearInterval(sweeping);
  sweeping = undefined;
}

/** Ends every stream that is open: nobody will read from it any more. */
export function dropOpenStreams(): void {
  for (const stream of open) stream.end("dropped");
}

function sweep(): void {
  for (const stream of open) {
    const { idleSinceMs, isAborted, clock } = stream;
    if (idleSinceMs === undefined) continue;
    if (isAborted || clock.now() - idleSinceMs > idleMs) stream.end("dropped");
  }
}
