import type { Context, Hono } from "hono";
import type { Log } from "../spool/inserter.ts";
import { renderFailure, sendAccepted, toFailure, type Encoding } from "./answer.ts";
import { senderOf, type Door } from "./door.ts";
import { UnsupportedBodyError } from "./errors.ts";
import { otlpSignals, type OtlpSignal, type SignalIngests } from "./otlp-signals.ts";
import type { BodyReader } from "./read-body.ts";

export interface OtlpHttpOptions {
  readonly signals: SignalIngests;
  readonly bodies: BodyReader;
  readonly log: Log;
  /** The project of everything that comes through these doors. */
  readonly project: string;
}

/** Adds the OTLP/HTTP doors to the application. */
export function addOtlpHttp(app: Hono<Door>, options: OtlpHttpOptions): void {
  for (const signal of otlpSignals) {
    for (const path of signal.httpPaths) app.post(path, (context) => answerExport(context, signal, options));
  }
}

async function answerExport(
  context: Context<Door>,
  signal: OtlpSignal,
  options: OtlpHttpOptions,
): Promise<Response> {
  let encoding: Encoding = "json";
  try {
    encoding = readEncoding(context.req.header("content-type"));
    const sender = senderOf(context, options.project);
    const receipt = await options.bodies.withBody(context.env.incoming, (body) => {
      const bytes = encoding === "json" ? signal.encodeJson(body) : body;
      return options.signals[signal.name].accept({ ...sender, bytes });
    });
    const { rejectedField } = signal;
    return sendAccepted(context.env.outgoing, receipt.rejected, { encoding, rejectedField });
  } catch (error) {
    const failure = toFailure(error);
    if (failure.status === 500)
      options.log("error", "request failed", { path: context.req.path, error: describeError(error) });
    // Whatever is left of the body is not read: the connection cannot be used again.
    if (!context.env.incoming.complete) context.env.outgoing.setHeader("connection", "close");
    return renderFailure(failure, encoding);
  }
}

function readEncoding(contentType: string | undefined): Encoding {
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  if (type === "application/x-protobuf" || type === "application/protobuf") return "protobuf";
  if (type === "application/json") return "json";
  throw new UnsupportedBodyError(
    `content type "${contentType ?? ""}" is not OTLP: send application/x-protobuf or application/json`,
  );
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
