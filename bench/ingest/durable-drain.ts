// What "acknowledged is durable" costs by itself: bodies are written as they came, with their checksum, in the way the server's spool writes.
import { mkdtempSync, rmSync } from "node:fs";
import { unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { SyncedFile } from "../../packages/server/src/spool/synced-file.ts";

/** As large as the server's segments of these spans. */
const segmentBytes = 160 * 1024 * 1024;

/** Resolves once the body is on disk; bodies that come while one write is under way share the next. */
export function createDurableDrain(): (body: Buffer) => Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "spanlight-drain-"));
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  process.on("SIGTERM", () => process.exit(0));
  const segments = new Segments(directory);
  let gathered: Buffer[] = [];
  let written = Promise.resolve();
  return (body) => {
    gathered.push(body);
    if (gathered.length > 1) return written;
    written = written.then(() => {
      const bodies = gathered;
      gathered = [];
      return segments.append(bodies);
    });
    return written;
  };
}

/** Files filled one after the other, each deleted once it is full. */
class Segments {
  private readonly directory: string;
  private file: SyncedFile | undefined;
  private size = 0;
  private count = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  async append(bodies: readonly Buffer[]): Promise<void> {
    const path = join(this.directory, String(this.count));
    const file = (this.file ??= await SyncedFile.create(path));
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(bodies.reduce((crc, body) => crc32(body, crc), 0));
    const buffers = [...bodies, checksum];
    await file.write(buffers, this.size);
    this.size += buffers.reduce((bytes, buffer) => bytes + buffer.length, 0);
    if (this.size < segmentBytes) return;
    this.file = undefined;
    this.size = 0;
    this.count += 1;
    await file.close();
    await unlink(path);
  }
}
