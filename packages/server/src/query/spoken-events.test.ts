import { ROOT_CONTEXT, trace, TraceFlags } from "@opentelemetry/api";
import { expect, it } from "vitest";
import { encodeProtobuf, fixtureStartMs } from "../decode/otlp.fixture.ts";
import { encodeLogs } from "../decode/otlp-signals.fixture.ts";
import { createTraceIngest } from "../ingest/ingest-traces.ts";
import { openTestWay } from "../ingest/signals.fixture.ts";
import { Pricer } from "../price/price-call.ts";
import { createQueries } from "./create-queries.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

it("shows what Claude Code's log events say with the turn they belong to, and leaves them among the logs", async () => {
  const way = await openTestWay();
  const project = "default";
  const traces = createTraceIngest({ spool: way.spool, pricer: new Pricer() });
  const attributes = { "span.type": "interaction", user_prompt: "<REDACTED>" };
  await traces.accept({ project, bytes: encodeProtobuf([{ traceId, spanId, attributes }]) });
  const context = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED });
  const event = (name: string, said: Record<string, string>): Parameters<typeof encodeLogs>[0][number] => ({
    timestamp: fixtureStartMs,
    body: `claude_code.${name}`,
    context,
    attributes: { "event.name": name, ...said },
  });
  await way.logs.accept({
    project,
    bytes: encodeLogs([
      event("user_prompt", { prompt: "fix the test", "prompt.id": "p1" }),
      event("assistant_response", { response: "Done." }),
      event("api_request", { prompt: "not this one" }),
    ]),
  });
  await way.stored("SELECT 1");
  const queries = createQueries(way.store);
  expect(await queries.getSpan({ project, traceId, spanId })).toMatchObject({
    spanType: "agent",
    inputMessages: [{ role: "user", parts: [{ type: "text", content: "fix the test" }] }],
    outputMessages: [{ role: "assistant", parts: [{ type: "text", content: "Done." }] }],
  });
  const range = { fromNs: 0n, toNs: BigInt(fixtureStartMs + 1000) * 1_000_000n };
  const { items } = await queries.listLogs({ project, ...range, limit: 10, traceId, filter: { q: "fix" } });
  expect(items).toMatchObject([{ event: "user_prompt", attributes: { prompt: "fix the test" } }]);
  await way.close();
});
