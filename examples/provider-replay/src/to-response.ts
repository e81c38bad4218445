import { asJson } from "./facts.ts";
import { MalformedEvent, type Recording } from "./recording.ts";

/** The HTTP response a recording was made of, as far as it was kept. */
export function toResponse({ answer, status }: Recording): Response {
  if (answer.kind === "events") {
    const frames = answer.events.map((event) =>
      event instanceof MalformedEvent ? `data: ${event.text}\n\n` : frame(asJson(event)),
    );
    return new Response(`${frames.join("")}data: [DONE]\n\n`, {
      headers: { "content-type": "text/event-stream" },
    });
  }
  const body = answer.kind === "body" ? answer.body : undefined;
  const failed = asJson(body)["error"] !== undefined && asJson(body)["object"] !== "response";
  return Response.json(body, { status: status ?? (failed ? 400 : 200) });
}

function frame(event: ReturnType<typeof asJson>): string {
  const name = typeof event["type"] === "string" ? `event: ${event["type"]}\n` : "";
  return `${name}data: ${JSON.stringify(event)}\n\n`;
}
