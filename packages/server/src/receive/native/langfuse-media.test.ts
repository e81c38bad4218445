// Media that Langfuse's SDKs upload apart from their spans, as @langfuse/core 5.11 and langfuse 3.39 do it.
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestWay, type TestWay } from "../../ingest/signals.fixture.ts";
import { toRootSpanId, toSpanId, toTraceId } from "./ids.ts";
import { openDoors, readLogs, send, type Doors } from "./native-doors.fixture.ts";

let way: TestWay;
beforeAll(async () => {
  way = await openTestWay();
});
afterAll(() => way.close());

const bytes = Buffer.from("89504e470d0a1a0a", "hex");
const sha256Hash = createHash("sha256").update(bytes).digest("base64");
const id = sha256Hash.replaceAll("+", "-").replaceAll("/", "_").slice(0, 22);
const traceId = "9645f4a9046a4bd395d7020fab223c75";
const observationId = "09c6047803066ad4";
const announced = {
  traceId,
  observationId,
  contentType: "image/png",
  contentLength: bytes.length,
  sha256Hash,
  field: "input",
};

async function askForUpload(doors: Doors, body: object): Promise<string> {
  const answer = await send(doors, "/api/public/media", body);
  expect(answer).toMatchObject({ status: 200, body: { mediaId: id } });
  return (answer.body as { uploadUrl: string }).uploadUrl;
}

/** Puts the bytes where the SDK does: with their type, and without a key. */
function upload(url: string, body: Buffer = bytes): Promise<Response> {
  return fetch(url, { method: "PUT", body: new Uint8Array(body), headers: { "content-type": "image/png" } });
}

describe("media", () => {
  it("become content of the span they were taken from, once however often they are sent", async () => {
    const doors = await openDoors(way);
    const url = await askForUpload(doors, announced);
    expect(url.startsWith(doors.url)).toBe(true);
    expect((await upload(url)).status).toBe(200);
    expect((await upload(url)).status).toBe(200);
    const report = { uploadedAt: "2026-11-21T06:00:00Z", uploadHttpStatus: 200 };
    expect(await send(doors, `/api/public/media/${id}`, report, { method: "PATCH" })).toMatchObject({
      status: 200,
    });
    expect(await readLogs(way, doors.project)).toMatchObject([
      {
        event: "gen_ai.content.media",
        traceId,
        spanId: observationId,
        attributes: { "spanlight.media.id": id },
      },
    ]);
    const [content] = await way.stored<{ events: string }>(
      `SELECT content['events'] AS events FROM contents WHERE project = '${doors.project}'`,
    );
    const [event] = JSON.parse(content?.events ?? "[]") as [{ attributes: Record<string, string> }];
    expect(JSON.parse(event.attributes["spanlight.media"] ?? "")).toEqual({
      id,
      mime_type: "image/png",
      bytes: bytes.length,
      content: bytes.toString("base64"),
    });
    await doors.stop();
  });

  it("of a trace belong to the span that stands for it, those of an older SDK's observation to its span", async () => {
    const doors = await openDoors(way);
    const trace = "9a1798d5-e59c-441b-a5a0-3b9cda81fead";
    const observation = "dcc81501-5fa2-4b51-9666-27d1836693b6";
    await upload(await askForUpload(doors, { ...announced, traceId: trace, observationId: undefined }));
    await upload(await askForUpload(doors, { ...announced, traceId: trace, observationId: observation }));
    const logs = await readLogs(way, doors.project);
    for (const spanId of [toRootSpanId(trace), toSpanId(observation)])
      expect(logs).toContainEqual(expect.objectContaining({ traceId: toTraceId(trace), spanId }));
    await doors.stop();
  });

  it("of data sets are not asked for", async () => {
    const doors = await openDoors(way);
    const ofDataset = { ...announced, traceId: null, observationId: null, datasetId: "d" };
    expect(await askForUpload(doors, ofDataset)).toBeNull();
    await doors.stop();
  });

  it("are refused where nobody asked, where they are others than announced, and after ten minutes", async () => {
    const doors = await openDoors(way);
    const url = await askForUpload(doors, announced);
    const body = Buffer.from('{"project":"other","untilMs":9e15}').toString("base64url");
    const forged = `${doors.url}/api/public/media-upload/${body}.${url.split(".").at(-1)}`;
    for (const wrong of [`${doors.url}/api/public/media-upload/x`, forged])
      expect((await upload(wrong)).status).toBe(403);
    expect((await upload(url, Buffer.from("other"))).status).toBe(400);
    await doors.settle(600_001);
    expect((await upload(url)).status).toBe(403);
    expect(await readLogs(way, doors.project)).toEqual([]);
    await doors.stop();
  });
});
