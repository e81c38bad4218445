// What only the owner of the data directory may ask of a running server, and how the command line finds it.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { Hono, type Context } from "hono";
import { stream } from "hono/streaming";
import { z } from "zod";
import type { BackupOptions, BackupSummary } from "../backup/take-backup.ts";
import { recordChange } from "../api/record-change.ts";
import { readVersion } from "./version.ts";

const addressSchema = z.object({ pid: z.int(), url: z.string(), token: z.string() });

/** Where a running server is reached by the owner of its data directory. */
export type OperatorAddress = z.infer<typeof addressSchema>;

function addressPath(data: string): string {
  return join(data, "server.json");
}

/** Leaves the address in the data directory, for its owner's eyes alone. */
export function writeOperatorAddress(data: string, url: string, token: string): void {
  const address: OperatorAddress = { pid: process.pid, url, token };
  rmSync(addressPath(data), { force: true });
  writeFileSync(addressPath(data), JSON.stringify(address), { mode: 0o600, flag: "wx" });
}

export function removeOperatorAddress(data: string): void {
  rmSync(addressPath(data), { force: true });
}

/** The address that a server left; it may have been killed since. */
export function readOperatorAddress(data: string): OperatorAddress | undefined {
  try {
    return addressSchema.parse(JSON.parse(readFileSync(addressPath(data), "utf8")));
  } catch {
    return undefined; // no server, or one that has not come to its doors yet
  }
}

const backupRequestSchema = z.object({ directory: z.string().refine(isAbsolute, "give an absolute path") });

/** One line of JSON of the answer to a backup: progress, then the summary or the failure. */
export const backupLineSchema = z.union([
  z.object({ copiedBytes: z.number() }),
  z.object({
    summary: z.object({
      directory: z.string(),
      takenAt: z.string(),
      files: z.number(),
      bytes: z.number(),
      pausedMs: z.number(),
    }),
  }),
  z.object({ error: z.string() }),
]);

function recordBackup(context: Context, { directory, ...detail }: BackupSummary): Promise<void> {
  return recordChange(context, { action: "backup.take", target: directory, detail });
}

const progressEveryMs = 1000;

export interface OperatorRooms extends Omit<BackupOptions, "directory" | "version" | "onCopied"> {
  readonly takeBackup: (options: BackupOptions) => Promise<BackupSummary>;
}

/** `/api/operator/backup`. */
export function createOperatorDoor(rooms: OperatorRooms): Hono {
  const app = new Hono();
  app.post("/api/operator/backup", async (context) => {
    const request = backupRequestSchema.safeParse(await context.req.json().catch(() => undefined));
    if (!request.success) return context.json({ error: z.prettifyError(request.error) }, 400);
    return stream(context, async (output) => {
      let toldAt = 0;
      const tell = (line: z.infer<typeof backupLineSchema>): Promise<unknown> =>
        output.write(`${JSON.stringify(line)}\n`);
      try {
        const summary = await rooms.takeBackup({
          ...rooms,
          directory: request.data.directory,
          version: readVersion(),
          onCopied(copiedBytes) {
            if (rooms.now() - toldAt < progressEveryMs) return;
            toldAt = rooms.now();
            void tell({ copiedBytes });
          },
        });
        await recordBackup(context, summary);
        await tell({ summary });
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const { directory } = request.data;
        await recordChange(context, { action: "backup.fail", target: directory, detail: { error: message } });
        await tell({ error: message });
      }
    });
  });
  return app;
}
