// Who calls is known before a byte of the message is read, and how long that may take is bounded.
import {
  ResponderBuilder,
  ServerInterceptingCall,
  ServerListenerBuilder,
  type Metadata,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type ServerListener,
} from "@grpc/grpc-js";
import { toGrpcStatus, type GrpcStatus } from "./status.ts";
import { ReadingTurns } from "./reading-turns.ts";

/** A call that is over. */
export interface AnsweredCall {
  readonly path: string;
  /** gRPC status code; undefined where whoever asked went away, or sent what is no message, before there was an answer. */
  readonly code: number | undefined;
  readonly durationMs: number;
}

export interface AdmissionOptions {
  /** Takes note of whose call it is; throws when it may not come in. */
  readonly admit: (metadata: Metadata) => void;
  /** Paths of methods that everybody may call: they wait for one another alone. */
  readonly openPaths: readonly string[];
  /** How long a message may take to come in, waiting for its turn included. */
  readonly requestTimeoutMs: number;
  /** Told of every call when its answer is out or whoever asked has gone. */
  readonly onCall?: ((call: AnsweredCall) => void) | undefined;
}

/** Messages that are read at one time: each takes its own size, and that of what it decompresses to. */
const messagesAtOnce = 8;

const deadlineExceeded = 4;
const tooSlow: GrpcStatus = {
  code: deadlineExceeded,
  details: "the message did not come in the time that this server waits (SPANLIGHT_REQUEST_TIMEOUT_MS)",
};

const openMessagesAtOnce = 2;

export function createAdmission(options: AdmissionOptions): ServerInterceptor {
  const turns = new ReadingTurns(messagesAtOnce);
  const openTurns = new ReadingTurns(openMessagesAtOnce);
  return ({ path }, call) => {
    const watch = watchCall(path, options.onCall);
    const { openPaths, admit, requestTimeoutMs } = options;
    const arriving = { call, end: watch, requestTimeoutMs };
    const listener = openPaths.includes(path)
      ? createListener({ ...arriving, turns: openTurns, admit: () => undefined })
      : createListener({ ...arriving, turns, admit });
    const responder = new ResponderBuilder()
      .withStart((next) => next(listener))
      .withSendStatus((status, next) => {
        watch(status.code);
        next(status);
      })
      .build();
    return new ServerInterceptingCall(call, responder);
  };
}

interface ArrivingCall extends Pick<AdmissionOptions, "admit" | "requestTimeoutMs"> {
  readonly call: ServerInterceptingCallInterface;
  readonly turns: ReadingTurns;
  readonly end: (code: number | undefined) => void;
}

function createListener({ call, turns, end, admit, requestTimeoutMs }: ArrivingCall): ServerListener {
  let stopReading = (): void => undefined;
  let hasMessage = false;
  const refuse = (status: GrpcStatus): void => {
    stopReading();
    end(status.code);
    call.sendStatus(status);
  };
  return new ServerListenerBuilder()
    .withOnReceiveMetadata((metadata, next) => {
      try {
        admit(metadata);
      } catch (error) {
        refuse(toGrpcStatus(error));
        return;
      }
      const timer = setTimeout(() => refuse(tooSlow), requestTimeoutMs);
      const giveBack = turns.take(() => next(metadata));
      stopReading = () => {
        clearTimeout(timer);
        giveBack();
      };
    })
    .withOnReceiveMessage((message, next) => {
      hasMessage = true;
      next(message);
    })
    .withOnReceiveHalfClose((next) => {
      if (!hasMessage) end(undefined); // given up on the way: nobody hears the library's answer
      next(); // the handler counts the message's bytes before the turn goes to another
      stopReading();
    })
    .withOnCancel(() => {
      stopReading();
      end(undefined);
    })
    .build();
}

/** Tells of the call's first end: the library calls it cancelled when it is over, too. */
function watchCall(
  path: string,
  onCall: ((call: AnsweredCall) => void) | undefined,
): (code: number | undefined) => void {
  const startedAt = performance.now();
  let isOver = false;
  return (code) => {
    if (isOver) return;
    isOver = true;
    onCall?.({ path, code, durationMs: performance.now() - startedAt });
  };
}
