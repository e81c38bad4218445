declare module "snappyjs" {
  /** Decompresses a raw Snappy block. Throws where the result would be longer than `maxLength` or the block is malformed. */
  export function uncompress(compressed: Buffer, maxLength?: number): Buffer;
  export function compress(uncompressed: Buffer): Buffer;
}
