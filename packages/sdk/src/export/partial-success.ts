/** What an OTLP ExportTraceServiceResponse says was refused. Bytes that are no such message say nothing was. */
export function readRejected(body: Buffer): { readonly rejected: number; readonly message: string } {
  const nothing = { rejected: 0, message: "" };
  if (body.length < 2 || body[0] !== 0x0a) return nothing;
  let position = 1;
  let damaged = false;
  const readVarint = (): number => {
    let value = 0;
    for (let scale = 1; position < body.length; scale *= 0x80) {
      const byte = body[position++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    damaged = true;
    return 0;
  };
  const end = readVarint() + position;
  let rejected = 0;
  let message = "";
  while (position < end && !damaged) {
    const tag = readVarint();
    if (tag === 0x08) rejected = readVarint();
    else if (tag === 0x12) {
      const size = readVarint();
      message = body.toString("utf8", position, position + size);
      position += size;
    } else damaged = true;
  }
  return damaged ? nothing : { rejected, message };
}
