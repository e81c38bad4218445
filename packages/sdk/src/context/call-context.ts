import { app, genAi, general } from "@spanlight/conventions";
import { context, createContextKey, type Attributes, type Context } from "@opentelemetry/api";

/** What an application puts once and finds on every span, metric and log below. */
export interface CallContext {
  readonly userId?: string;
  readonly sessionId?: string;
  /** A conversation the provider or the application really has; never derived from another id. */
  readonly conversationId?: string;
  readonly tenantId?: string;
  readonly endpoint?: string;
  /** The request that is served, by the application's own id for it. */
  readonly requestId?: string;
  readonly tags?: readonly string[];
  /** Name of the whole trace, for destinations that have one beside the names of spans. */
  readonly traceName?: string;
  readonly promptName?: string;
  readonly promptVersion?: string;
  readonly release?: string;
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
  /** Record content for the calls below, whatever the setting says. */
  readonly captureContent?: boolean;
}

const key = createContextKey("spanlight.call_context");
const none: Attributes = Object.freeze({});

interface Stored {
  readonly attributes: Attributes;
  readonly captureContent: boolean | undefined;
}

/** Runs `callback` with these values on all spans below; inner values win over outer ones. */
export function withContext<T>(values: CallContext, callback: () => T): T {
  return context.with(setCallContext(context.active(), values), callback);
}

/** The given context with these values added. */
export function setCallContext(active: Context, values: CallContext): Context {
  const outer = readStored(active);
  return active.setValue(key, {
    attributes: { ...outer?.attributes, ...toAttributes(values) },
    captureContent: values.captureContent ?? outer?.captureContent,
  } satisfies Stored);
}

/** The attributes that spans started in this context carry. */
export function readContextAttributes(active: Context): Attributes {
  return readStored(active)?.attributes ?? none;
}

/** Whether content is recorded in this context; undefined where the setting decides. */
export function readCaptureContent(active: Context): boolean | undefined {
  return readStored(active)?.captureContent;
}

function readStored(active: Context): Stored | undefined {
  return active.getValue(key) as Stored | undefined;
}

function toAttributes(values: CallContext): Attributes {
  const attributes: Attributes = {};
  const put = (name: string, value: string | readonly string[] | undefined): void => {
    if (value !== undefined) attributes[name] = typeof value === "string" ? value : [...value];
  };
  put(general.userId, values.userId);
  put(general.sessionId, values.sessionId);
  put(genAi.conversationId, values.conversationId);
  put(app.tenantId, values.tenantId);
  put(app.endpoint, values.endpoint);
  put(app.requestId, values.requestId);
  put(app.tags, values.tags);
  put(app.traceName, values.traceName);
  put(genAi.promptName, values.promptName);
  put(genAi.promptVersion, values.promptVersion);
  put(app.release, values.release);
  for (const [name, value] of Object.entries(values.metadata ?? {})) {
    attributes[`${app.metadata}.${name}`] = value;
  }
  return attributes;
}
