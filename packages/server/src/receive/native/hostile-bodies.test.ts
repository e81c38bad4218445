import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestWay, type TestWay } from "../../ingest/signals.fixture.ts";
import { openDoors, readSpans, send } from "./native-doors.fixture.ts";

let way: TestWay;
beforeAll(async () => {
  way = await openTestWay();
});
afterAll(() => way.close());

const routes: ReadonlyArray<readonly [method: string, path: string]> = [
  ["POST", "/api/public/ingestion"],
  ["POST", "/api/public/scores"],
  ["POST", "/runs/batch"],
  ["POST", "/runs"],
  ["PATCH", "/runs/x"],
  ["POST", "/feedback"],
  ["POST", "/api/v1/private/traces/batch"],
  ["PATCH", "/api/v1/private/spans/batch"],
  ["POST", "/v1/private/spans"],
  ["PUT", "/v1/private/spans/feedback-scores"],
  ["POST", "/v1/span_annotations"],
  ["POST", "/api/scores"],
  ["POST", "/v2/annotation-tasks/t/annotations"],
  ["POST", "/v2/traces/t/spans/s/images"],
  ["POST", "/v2/traces/t/spans/s/images/i"],
  ["POST", "/api/v1/private/attachment/upload-start"],
  ["PUT", "/v1/private/attachment/upload?file_name=__proto__&entity_type=span&entity_id=s"],
];

const odd = [null, 1, "x", [], {}, [[]], { id: {} }, { a: null }];
const lists = ["batch", "post", "patch", "traces", "spans", "scores", "data", "ids", "update"];
const bodies = [
  "",
  "{",
  "\u0000",
  "[".repeat(100_000),
  `{"a":${"[".repeat(5000)}${"]".repeat(5000)}}`,
  ...odd.map((value) => JSON.stringify(value)),
  ...odd.map((value) => JSON.stringify(Object.fromEntries(lists.map((name) => [name, value])))),
  ...odd.map((value) => JSON.stringify(Object.fromEntries(lists.map((name) => [name, [value]])))),
  // Everything a span has, each of the wrong type.
  ...odd.map((value) => {
    const names = [
      "id",
      "trace_id",
      "traceId",
      "name",
      "start_time",
      "startTime",
      "end_time",
      "endTime",
      "tags",
      "metadata",
      "extra",
      "usage",
      "inputs",
      "outputs",
      "error",
      "error_info",
      "events",
      "type",
      "run_type",
      "entity_instance_id",
      "tags",
      "image_name",
      "image_data",
      "file_name",
      "entity_id",
    ];
    const span = {
      ...Object.fromEntries(names.map((name) => [name, value])),
      __proto__: value,
      id: "hostile",
    };
    const event = { id: "e", type: "generation-create", timestamp: value, body: span };
    return JSON.stringify({
      ...span,
      batch: [event],
      post: [span],
      spans: [span],
      traces: [span],
      scores: [span],
      data: [span],
      ids: [value],
      update: span,
    });
  }),
];

it.each(routes)("%s %s answers whatever is sent, and never fails at it", async (method, path) => {
  const doors = await openDoors(way);
  for (const body of bodies) {
    const { status } = await send(doors, path, body, { method });
    expect([200, 201, 202, 204, 207, 400], `${status} for ${body.slice(0, 200)}`).toContain(status);
  }
  await doors.settle(90_000);
  await doors.stop();
});

it("times that cannot be stored are refused by their time, and others kept", async () => {
  const doors = await openDoors(way);
  const run = (id: string, start: unknown, end: unknown): object => ({
    id,
    trace_id: "t",
    name: id,
    run_type: "tool",
    start_time: start,
    end_time: end,
  });
  const post = [
    run("year 9999", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    run("huge", 1e300, 1e300),
    run("backwards", "2026-11-21T05:00:01Z", "2026-11-21T05:00:00Z"),
    run("before 1970", "1960-01-01T00:00:00Z", "2026-11-21T05:00:00Z"),
    run("no time", "soon", "later"),
    run("good", "2026-11-21T05:00:00.5Z", 1_795_237_201_000),
  ];
  expect(await send(doors, "/runs/batch", { post })).toMatchObject({ status: 202 });
  await doors.settle(90_000);
  expect(await readSpans(way, doors.project)).toMatchObject([
    { name: "good", ms: 500 },
    { name: "backwards", ms: 0 },
  ]);
  await doors.stop();
});
