import { readRejected } from "../export/partial-success.ts";
import type { SendResult } from "../export/http-sender.ts";
import { failed, ok, type Finding } from "./finding.ts";

interface Probe {
  readonly step: string;
  readonly url: string;
}

/** What an answer to a probe, or its absence, means and how it is mended. */
export function describeAnswer(probe: Probe, result: SendResult): Finding {
  if (result.state === "unreachable") return describeUnreachable(probe, result.error);
  const { step, url } = probe;
  const { status, body } = result;
  if (status >= 200 && status < 300) return describeAccepted(probe, body);
  const [message, mend] = describeStatus(status, body);
  return failed(step, `${url} answered ${status}: ${message}`, mend);
}

function describeAccepted({ step, url }: Probe, body: Buffer): Finding {
  if (body.subarray(0, 64).toString("latin1").trimStart().startsWith("<"))
    return failed(
      step,
      `${url} answered with a web page, not as an OTLP server`,
      "name the address of the OTLP endpoint, often port 4318, not that of the pages",
    );
  const { rejected, message } = readRejected(body);
  if (rejected > 0)
    return failed(
      step,
      `${url} refused the probe: ${message}`,
      "see what the message says, and the log there",
    );
  return ok(step, `${url} took the probe`);
}

const statuses: Readonly<Record<number, readonly [string, string]>> = {
  401: [
    "the key is missing or wrong",
    "set SPANLIGHT_API_KEY, apiKey or the destination's own key to one that is valid there",
  ],
  403: ["the key may not write here", "use a key with the right to write to this project"],
  404: [
    "there is no OTLP endpoint at this path",
    "give the base address alone (http://host:4318): the path of the signal is appended",
  ],
  405: ["this path takes no POST", "give the base address of the OTLP endpoint, not that of the pages"],
  413: ["the request is too large", "lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE"],
  415: [
    "it takes another protocol or compression",
    "send http/protobuf: unset OTEL_EXPORTER_OTLP_COMPRESSION, check what stands between",
  ],
  426: ["it wants another protocol, most likely gRPC", "name the HTTP port of the server: 4318"],
  429: ["the limit of requests is reached", "wait, or raise the limit there"],
};

function describeStatus(status: number, body: Buffer): readonly [string, string] {
  const known = statuses[status];
  if (known !== undefined) return known;
  if (status >= 300 && status < 400)
    return ["a redirect, which is not followed", "name the address it redirects to"];
  const said = body.toString("utf8", 0, 200).replaceAll(/[^\x20-\x7e]+/g, " ");
  if (status >= 500) return [`the server has a fault: ${said}`, "see the log of the server"];
  return [`it refuses the request: ${said}`, "see the log of the server"];
}

/** Kinds of failure by the code or the name of the error, the first that fits. */
const failures: readonly (readonly [RegExp, string, string])[] = [
  [
    /^ECONNREFUSED$/,
    "nothing listens at {host}",
    "start the server, or correct the address: OTEL_EXPORTER_OTLP_ENDPOINT, or the destination's own",
  ],
  [/^(ENOTFOUND|EAI_AGAIN)$/, "the name of {host} is not known", "correct the address, or the name service"],
  [
    /^(TimeoutError|AbortError|ABORT_ERR|ETIMEDOUT)$/,
    "{host} did not answer in time",
    "look for a firewall or a proxy between, or a server that is overloaded",
  ],
  // What comes back is no HTTP: gRPC's HTTP/2, or TLS.
  [
    /^(HPE_\w+|ECONNRESET|EPIPE)$/,
    "{host} does not speak HTTP/1.1: wrong protocol",
    "name the HTTP port, 4318 where gRPC has 4317, or https:// where it wants TLS",
  ],
  [
    /CERT|SSL|TLS|SELF_SIGNED|EPROTO/,
    "no secure connection to {host}: {message}",
    "set OTEL_EXPORTER_OTLP_CERTIFICATE to the authority's certificate, or use http:// where there is no TLS",
  ],
  [/^/, "{host} could not be reached: {message}", "check the address and the network"],
];

function describeUnreachable({ step, url }: Probe, error: Error): Finding {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const [, what = "", mend = ""] =
    failures.find(([pattern]) => pattern.test(code) || (code === "" && pattern.test(error.name))) ?? [];
  const message = what.replace("{host}", new URL(url).host).replace("{message}", error.message);
  return failed(step, message, mend);
}
