import type { AppReport } from "./app-report.ts";
import { failed, note, ok, type Finding } from "./finding.ts";

const registerMend = "start it with node --import @spanlight/sdk/register, or wrap(client)";

/** What was seen inside the application. */
export function checkApp(report: AppReport): readonly Finding[] {
  if (!report.initialised)
    return [
      failed(
        "start",
        "the application ran without the SDK",
        "start it with node --import @spanlight/sdk/register, or call init() first",
      ),
    ];
  return [
    ok("start", "the application started the SDK"),
    ...checkContent(report),
    checkProvider(report),
    ...checkCalls(report),
    ...checkDeliveries(report),
  ];
}

function checkContent({ settings, calls, callsWithContent }: AppReport): readonly Finding[] {
  if (settings?.captureContent !== true || calls === 0 || callsWithContent > 0) return [];
  return [
    failed(
      "content",
      "content is to be recorded, but every call was kept out",
      "look for withContext({ captureContent: false }), or a client told not to record",
    ),
  ];
}

function checkProvider({ tracing, providerKept, providerName }: AppReport): Finding {
  const step = "provider";
  if (!providerKept)
    return failed(
      step,
      `the tracer provider was replaced by another library (${providerName}): spans go there and nowhere else`,
      "start that library before the SDK: then the SDK sends beside it",
    );
  if (tracing === "own") return ok(step, "the SDK's own tracer provider is in place");
  if (tracing === "joined")
    return ok(step, `beside the application's ${providerName}: spans go there and to our destinations`);
  if (tracing === "beside")
    return note(
      step,
      `beside the application's ${providerName}, apart from it: our spans reach our destinations, its own do not`,
    );
  return note(
    step,
    `the spans go through the application's ${providerName}, and only where that sends them`,
    "to have them in our destinations too set exportBesideProvider: true",
  );
}

function checkCalls({ clients, providerRequests, calls }: AppReport): readonly Finding[] {
  const step = "clients";
  const early = clients.filter(({ afterInit }) => !afterInit).map(({ name }) => name);
  const missed = providerRequests - calls;
  if (missed > 0 && early.length > 0)
    return [
      failed(
        step,
        `${early.join(", ")} was imported before init(), as imports of ES modules always are, and is not watched: ` +
          `${providerRequests} requests to model providers, ${calls} calls recorded`,
        registerMend,
      ),
    ];
  if (missed > 0 && calls === 0)
    return [
      failed(
        step,
        `${providerRequests} requests to model providers left the process and none was recorded`,
        registerMend,
      ),
    ];
  if (calls > 0) return [ok(step, `${calls} model ${calls === 1 ? "call" : "calls"} recorded`)];
  return [note(step, "the application called no model while the doctor watched")];
}

function checkDeliveries({ destinations }: AppReport): readonly Finding[] {
  return destinations.flatMap(({ name, signal, counts }) => {
    const step = `${name} ${signal}`;
    const lost = counts.failed + counts.dropped + counts.rejected;
    if (lost > 0)
      return [
        failed(
          step,
          `of the application: ${counts.exported} delivered, ${counts.failed} given up, ${counts.dropped} dropped, ${counts.rejected} refused`,
          "see what the probe of this destination found; raise OTEL_BSP_MAX_QUEUE_SIZE where spans were dropped",
        ),
      ];
    return counts.exported > 0 ? [ok(step, `of the application: ${counts.exported} delivered`)] : [];
  });
}
