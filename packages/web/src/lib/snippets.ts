/** Lines that make an application send to this server. */
export interface Snippet {
  name: string;
  hint: string;
  text: string;
}

/** What to copy, for the address the page was opened at. */
export function listSnippets(origin: string): Snippet[] {
  return [
    {
      name: "Any OpenTelemetry application",
      hint: "Set these where it runs. Every OTLP exporter understands them.",
      text: `export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
    },
    {
      name: "A Node application that uses the openai package",
      hint: "Call init() before anything else, and wrap the client.",
      text: [
        'import OpenAI from "openai";',
        'import { init, wrap } from "@spanlight/sdk";',
        "",
        `init({ service: "my-service", endpoint: "${origin}" });`,
        "const openai = wrap(new OpenAI());",
      ].join("\n"),
    },
    {
      name: "Without changing code",
      hint: "Load the SDK when Node starts.",
      text: `OTEL_EXPORTER_OTLP_ENDPOINT=${origin} node --import @spanlight/sdk/register app.js`,
    },
  ];
}
