/** The few protobuf writers a prepared request needs; nested messages are buffers made before. */
function writeVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** A length-delimited field: bytes, string or message. */
export function writeField(field: number, value: Buffer | string): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  return Buffer.concat([writeVarint(field * 8 + 2), writeVarint(bytes.length), bytes]);
}

export function writeVarintField(field: number, value: number): Buffer {
  return Buffer.concat([writeVarint(field * 8), writeVarint(value)]);
}

export function writeFixed64Field(field: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return Buffer.concat([writeVarint(field * 8 + 1), bytes]);
}

function writeDoubleField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([writeVarint(field * 8 + 1), bytes]);
}

/** A `KeyValue` in the given field: text, whole number, fraction, or a list of texts. */
export function writeAttribute(
  field: number,
  key: string,
  value: string | number | string[] | Buffer,
): Buffer {
  return writeField(field, Buffer.concat([writeField(1, key), writeField(2, writeAny(value))]));
}

function writeAny(value: string | number | string[] | Buffer): Buffer {
  if (typeof value === "string" || Buffer.isBuffer(value)) return writeField(1, value);
  if (typeof value !== "number")
    return writeField(5, Buffer.concat(value.map((item) => writeField(1, writeAny(item)))));
  return Number.isInteger(value) ? writeVarintField(3, value) : writeDoubleField(4, value);
}
