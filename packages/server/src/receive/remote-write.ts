// Prometheus remote write 1.0. Source: prometheus.io/docs/specs/prw/remote_write_spec: 2xx = taken, 4xx = do not send again, 5xx = send again.
import type { Context, Hono } from "hono";
import type { MetricIngest } from "../ingest/ingest-metrics.ts";
import type { Log } from "../spool/inserter.ts";
import { countItems, describeRejected, toFailure } from "./answer.ts";
import { senderOf, type Door } from "./door.ts";
import { UnsupportedBodyError } from "./errors.ts";
import type { BodyReader } from "./read-body.ts";

export interface RemoteWriteOptions {
  readonly metrics: MetricIngest;
  readonly bodies: BodyReader;
  readonly log: Log;
  /** The project of everything that comes through this door. */
  readonly project: string;
}

/** Adds the door of Prometheus remote write to the application. */
export function addRemoteWrite(app: Hono<Door>, options: RemoteWriteOptions): void {
  app.post("/prometheus/api/v1/write", (context) => answerWrite(context, options));
}

async function answerWrite(context: Context<Door>, options: RemoteWriteOptions): Promise<Response> {
  try {
    checkHeaders(context.req.header("content-type"), context.req.header("content-encoding"));
    const sender = senderOf(context, options.project);
    const { rejected } = await options.bodies.withBody(context.env.incoming, (bytes) =>
      options.metrics.acceptRemoteWrite({ ...sender, bytes }),
    );
    // What could be stored is stored; 400 tells the sender that sending the rest again would not help.
    if (countItems(rejected) > 0) return context.text(`${describeRejected(rejected)}\n`, 400);
    return context.body(null, 204);
  } catch (error) {
    const failure = toFailure(error);
    if (failure.status === 500) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      options.log("error", "request failed", { path: context.req.path, error: text });
    }
    if (!context.env.incoming.complete) context.env.outgoing.setHeader("connection", "close");
    if (failure.retryAfterSeconds !== undefined)
      context.header("retry-after", String(failure.retryAfterSeconds));
    return context.text(`${failure.code}: ${failure.message}\n`, failure.status);
  }
}

function checkHeaders(contentType: string | undefined, contentEncoding: string | undefined): void {
  const [type, ...parameters] = (contentType ?? "").split(";").map((part) => part.trim().toLowerCase());
  const version = parameters.find((part) => part.startsWith("proto="));
  const isFirstVersion = version === undefined || version === "proto=prometheus.writerequest";
  if (type !== "application/x-protobuf" || !isFirstVersion) {
    throw new UnsupportedBodyError(
      `content type "${contentType ?? ""}" is not remote write 1.0: send application/x-protobuf (proto=prometheus.WriteRequest)`,
    );
  }
  if (contentEncoding?.trim().toLowerCase() !== "snappy") {
    throw new UnsupportedBodyError(
      `content encoding "${contentEncoding ?? ""}" is not remote write: send snappy`,
    );
  }
}
