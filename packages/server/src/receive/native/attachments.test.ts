// Files that SDKs attach to what they record: as langsmith 0.12 and Opik 2.2 for Python send them, and the images of Traceloop's 0.27.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestWay, type TestWay } from "../../ingest/signals.fixture.ts";
import type { ContentMap } from "../../messages/content-map.ts";
import { readMessages } from "../../messages/read-messages.ts";
import { toRootSpanId, toSpanId, toTraceId } from "./ids.ts";
import { openDoors, readLogs, readSpans, send, type Doors } from "./native-doors.fixture.ts";

let way: TestWay;
beforeAll(async () => {
  way = await openTestWay();
});
afterAll(() => way.close());

const png = Buffer.from("89504e470d0a1a0a", "hex");
const start = "2026-11-21T05:39:44.664Z";
const end = "2026-11-21T05:39:45.061Z";

/** What is shown as the messages of a span, its own content and that of its events taken together. */
async function readShown(project: string, spanId: string, nature: { dialect: string; spanType: string }) {
  const rows = await way.stored<{ content: ContentMap }>(
    `SELECT content FROM contents WHERE project = '${project}' AND lower(hex(span_id)) = '${spanId}'`,
  );
  const contents = rows.map(({ content }) => content);
  const events = contents.flatMap((content) => JSON.parse(content["events"] ?? "[]") as unknown[]);
  const content = Object.assign({}, ...contents, { events: JSON.stringify(events) }) as ContentMap;
  return readMessages(content, nature);
}

function upload(doors: Doors, url: string, body: Buffer): Promise<Response> {
  expect(url.startsWith(doors.url)).toBe(true);
  return fetch(url, { method: "PUT", body: new Uint8Array(body) });
}

describe("LangSmith's attachments", () => {
  const id = "7d11a1e0-4d2d-4f8e-9c5b-6f3a3f3f1c11";
  const boundary = "----LangSmithFormBoundaryx";
  const runs = (size: number): Buffer => {
    const run = { id, trace_id: id, name: "answer", run_type: "chain", start_time: start, end_time: end };
    const part = (name: string, type: string, body: Uint8Array): Buffer =>
      Buffer.concat([
        Buffer.from(
          `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: ${type}\r\n\r\n`,
        ),
        body,
        Buffer.from("\r\n"),
      ]);
    return Buffer.concat([
      part(`post.${id}`, "application/json", Buffer.from(JSON.stringify(run))),
      part(`post.${id}.inputs`, "application/json", Buffer.from('{"input":"what is this?"}')),
      part(`attachment.${id}.picture`, "image/png", Buffer.concat([png, Buffer.alloc(size - png.length)])),
      Buffer.from(`--${boundary}--\r\n`),
    ]);
  };
  const post = async (doors: Doors, size: number): Promise<void> => {
    const response = await fetch(`${doors.url}/runs/multipart`, {
      method: "POST",
      headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
      body: new Uint8Array(runs(size)),
    });
    expect(response.status).toBe(202);
  };
  const nature = { dialect: "langsmith", spanType: "chain" };

  it("stand with what went into their run, once however often they are sent", async () => {
    const doors = await openDoors(way);
    await post(doors, png.length);
    await post(doors, png.length);
    await doors.settle();
    const [span] = await readSpans(way, doors.project);
    expect(span).toMatchObject({ name: "answer", traceId: toTraceId(id), spanId: toSpanId(id) });
    expect(await readLogs(way, doors.project)).toMatchObject([{ event: "gen_ai.content.media" }]);
    const { inputMessages } = await readShown(doors.project, toSpanId(id), nature);
    expect(inputMessages).toEqual([
      {
        role: "user",
        parts: [
          { type: "text", content: "what is this?" },
          {
            type: "blob",
            modality: "image",
            mime_type: "image/png",
            content: png.toString("base64"),
            name: "picture",
          },
        ],
      },
    ]);
    await doors.stop();
  });

  it("of more than eight megabytes are told by their type and size", async () => {
    const doors = await openDoors(way);
    await post(doors, 8 * 1024 * 1024 + 1);
    await doors.settle();
    const [{ attributes } = { attributes: undefined }] = await way.stored<{ attributes: object }>(
      `SELECT attributes FROM spans WHERE project = '${doors.project}'`,
    );
    expect(attributes).toMatchObject({ "langsmith.attachment.picture": "image/png, 8388609 bytes" });
    const { inputMessages } = await readShown(doors.project, toSpanId(id), nature);
    expect(inputMessages[0]?.parts[1]).toEqual({
      type: "file",
      modality: "image",
      mime_type: "image/png",
      file_id: "picture",
    });
    await doors.stop();
  });
});

describe("Opik's attachments", () => {
  const trace = "01a1fea6-2181-79b3-9168-f64c5e3be1f7";
  const span = "01a1fea6-21d8-7f93-9f55-5007a1c99461";
  const file = "input-attachment-97635819-1795273663017-sdk.png";
  const root = { id: trace, project_name: "shop", name: "answer", start_time: start, end_time: end };
  const call = {
    id: span,
    trace_id: trace,
    project_name: "shop",
    name: "call",
    type: "llm",
    start_time: start,
    end_time: end,
    input: {
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: `[${file}]` } }] }],
    },
  };
  const announce = async (doors: Doors, of: { type: string; id: string }, name: string): Promise<string> => {
    const answer = await send(doors, "/api/v1/private/attachment/upload-start", {
      file_name: name,
      num_of_file_parts: 1,
      mime_type: "image/png",
      project_name: "shop",
      entity_type: of.type,
      entity_id: of.id,
      path: Buffer.from(`${doors.url}/api`).toString("base64"),
    });
    expect(answer).toMatchObject({ status: 200, body: { upload_id: "BEMinIO" } });
    return (answer.body as { pre_sign_urls: [string] }).pre_sign_urls[0];
  };
  const blob = {
    type: "blob",
    modality: "image",
    mime_type: "image/png",
    content: png.toString("base64"),
  };
  const nature = { dialect: "opik", spanType: "model" };

  it("that come before their span wait for it, and stand where it refers to them", async () => {
    const doors = await openDoors(way);
    const url = await announce(doors, { type: "span", id: span }, file);
    expect((await upload(doors, url, png)).status).toBe(204);
    await send(doors, "/api/v1/private/traces/batch", { traces: [root] });
    await send(doors, "/api/v1/private/spans/batch", { spans: [call] });
    await doors.settle();
    const { inputMessages } = await readShown(doors.project, toSpanId(span), nature);
    expect(inputMessages).toEqual([{ role: "user", parts: [{ ...blob, name: file }] }]);
    await doors.stop();
  });

  it("that come after their span was stored, and those of a trace, are content of theirs too", async () => {
    const doors = await openDoors(way);
    await send(doors, "/api/v1/private/traces/batch", { traces: [root] });
    await send(doors, "/api/v1/private/spans/batch", { spans: [call] });
    await doors.settle();
    for (const of of [
      { type: "span", id: span },
      { type: "trace", id: trace },
    ])
      await upload(doors, await announce(doors, of, "picture"), png);
    const called = await readShown(doors.project, toSpanId(span), nature);
    expect(called.inputMessages[0]?.parts.at(-1)).toEqual({ ...blob, name: "picture" });
    const answered = await readShown(doors.project, toRootSpanId(trace), nature);
    expect(answered.inputMessages).toEqual([{ role: "user", parts: [{ ...blob, name: "picture" }] }]);
    await doors.stop();
  });

  it("of nothing are refused", async () => {
    const doors = await openDoors(way);
    const answer = await send(doors, "/api/v1/private/attachment/upload", "x", { method: "PUT" });
    expect(answer.status).toBe(400);
    await doors.stop();
  });
});

describe("Opik's SDK for Python, which sends by several threads", () => {
  it("is believed what it said last, whatever arrives last", async () => {
    const doors = await openDoors(way);
    const span = {
      id: "01a1fea1-e5a7-7ca5-8974-362901d8df76",
      trace_id: "t",
      name: "call",
      start_time: start,
    };
    const ended = { ...span, type: "llm", end_time: end, last_updated_at: "2026-11-21T15:03:05.400923Z" };
    const begun = { ...span, type: "general", last_updated_at: "2026-11-21T15:03:05.382742Z" };
    for (const spans of [[ended], [begun]]) await send(doors, "/v1/private/spans/batch", { spans });
    await doors.settle();
    expect(await readSpans(way, doors.project)).toMatchObject([{ name: "call", type: "model", billed: 1 }]);
    await doors.stop();
  });
});

describe("Traceloop's images", () => {
  it("are sent to the address they were given, which stands in the messages of their span", async () => {
    const doors = await openDoors(way);
    const [traceId, spanId] = ["9645f4a9046a4bd395d7020fab223c75", "09c6047803066ad4"];
    const path = `/v2/traces/${traceId}/spans/${spanId}/images`;
    const announced = await send(doors, path, { image_name: "generated_image.png" });
    const { url } = announced.body as { url: string };
    expect(url.startsWith(`${doors.url}${path}/`)).toBe(true);
    const sent = await send(doors, new URL(url).pathname, { image_data: png.toString("base64") });
    expect(sent.status).toBe(200);
    const [{ content } = { content: {} }] = await way.stored<{ content: ContentMap }>(
      `SELECT content FROM contents WHERE project = '${doors.project}'`,
    );
    const parts = [{ type: "uri", modality: "image", uri: url }];
    const said = { "gen_ai.output.messages": JSON.stringify([{ role: "assistant", parts }]) };
    const shown = readMessages({ ...content, ...said }, { dialect: "otel", spanType: "model" });
    expect(shown.outputMessages[0]?.parts).toEqual([
      { type: "blob", modality: "image", mime_type: "image/png", content: png.toString("base64") },
    ]);
    expect((await send(doors, new URL(url).pathname, { image_data: 1 })).status).toBe(400);
    await doors.stop();
  });
});
