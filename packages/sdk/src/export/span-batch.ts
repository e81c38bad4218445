import type { Attributes } from "@opentelemetry/api";
import type { FinishedSpan, Scope } from "../tracing/finished-span.ts";
import type { Batch, SealedBatch } from "./batch.ts";
import { encodeResource } from "./encode-resource.ts";
import { encodeSpan } from "./encode-span.ts";
import { ProtobufWriter } from "./protobuf-writer.ts";

interface ScopeSpans {
  readonly scope: Scope;
  readonly writer: ProtobufWriter;
}

/** More than tags, sizes and the name of a scope take. */
const headerBytes = 512;

/** Spans as an OTLP ExportTraceServiceRequest. */
export class SpanBatch implements Batch<FinishedSpan> {
  readonly #resource: Buffer;
  readonly #scopes = new Map<string, ScopeSpans>();
  #count = 0;

  constructor(resource: Attributes) {
    this.#resource = encodeResource(resource);
  }

  get count(): number {
    return this.#count;
  }

  get sizeBytes(): number {
    let sizeBytes = 0;
    for (const { writer } of this.#scopes.values()) sizeBytes += writer.length;
    return sizeBytes;
  }

  add(span: FinishedSpan): void {
    const key = `${span.scope.name}@${span.scope.version}`;
    let scope = this.#scopes.get(key);
    if (scope === undefined) {
      scope = { scope: span.scope, writer: new ProtobufWriter() };
      this.#scopes.set(key, scope);
    }
    const start = scope.writer.length;
    try {
      encodeSpan(scope.writer, span);
    } catch (error) {
      // A span that cannot be described must not spoil the others of its request.
      scope.writer.truncate(start);
      throw error;
    }
    this.#count++;
  }

  /** The request made of what was added; the batch is empty afterwards. */
  seal(): SealedBatch {
    // Made to measure and handed over as it is: what grows in steps is garbage at every step.
    const writer = new ProtobufWriter(
      this.#resource.length + this.sizeBytes + headerBytes * this.#scopes.size,
    );
    const resourceSpans = writer.begin(0x0a);
    writer.appendRaw(this.#resource);
    for (const { scope, writer: spans } of this.#scopes.values()) {
      if (spans.length === 0) continue;
      const scopeSpans = writer.begin(0x12);
      const scopeMessage = writer.begin(0x0a);
      writer.string(0x0a, scope.name);
      if (scope.version !== "") writer.string(0x12, scope.version);
      writer.end(scopeMessage);
      writer.appendRaw(spans.view());
      spans.reset();
      writer.end(scopeSpans);
    }
    writer.end(resourceSpans);
    const count = this.#count;
    this.#count = 0;
    return { body: writer.view(), count };
  }
}
