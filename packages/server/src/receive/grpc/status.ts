import { Metadata } from "@grpc/grpc-js";
import { ProtoWriter } from "../../decode/proto-writer.ts";
import { toFailure } from "../answer.ts";

/** What a call ends with. */
export interface GrpcStatus {
  /** gRPC status code. */
  readonly code: number;
  readonly details: string;
  readonly metadata?: Metadata;
}

/** What an error means to a sender over gRPC. */
export function toGrpcStatus(error: unknown): GrpcStatus {
  const failure = toFailure(error);
  const details = `${failure.code}: ${failure.message}`;
  const { grpcCode: code, retryAfterSeconds } = failure;
  if (retryAfterSeconds === undefined) return { code, details };
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", encodeRetry({ code, details, delaySeconds: retryAfterSeconds }));
  return { code, details, metadata };
}

/** A google.rpc.Status with google.rpc.RetryInfo: without it a sender may not try again after some codes. */
function encodeRetry(status: { code: number; details: string; delaySeconds: number }): Buffer {
  const writer = new ProtoWriter();
  writer.varint(1, status.code);
  writer.text(2, status.details);
  writer.message(3, () => {
    writer.text(1, "type.googleapis.com/google.rpc.RetryInfo");
    writer.message(2, () => writer.message(1, () => writer.varint(1, status.delaySeconds)));
  });
  return Buffer.from(writer.finish());
}
