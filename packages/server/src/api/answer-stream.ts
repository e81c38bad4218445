/** Answers JSON that is written piece by piece. A failure on the way, or who reads going away, ends the connection. */
export function answerStream(produce: (write: (text: string) => Promise<void>) => Promise<void>): Response {
  const encoder = new TextEncoder();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const write = (text: string): Promise<void> => writer.write(encoder.encode(text));
  produce(write)
    .then(
      () => writer.close(),
      (error: unknown) => writer.abort(error),
    )
    .catch(() => undefined); // who reads has gone
  return new Response(readable, {
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}
