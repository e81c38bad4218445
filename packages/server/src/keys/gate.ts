import { ForbiddenError, KeyLimitError, UnauthenticatedError } from "./errors.ts";
import { identify, type Caller, type Identification, type Request } from "./identify.ts";
import { defaultProject, type Key } from "./key.ts";
import type { KeyLimits } from "./key-limits.ts";
import type { Need } from "./routes.ts";

/** What the gate looks at. */
export interface Approach extends Request {
  readonly need: Need;
  /** Bytes the request is known to have. */
  readonly bytes: number;
}

/** Requests that were turned away, by project ('' where nobody knows whose) and reason. */
export type Refusals = ReadonlyMap<string, Readonly<Record<string, number>>>;

/** What a key has sent and asked since the start. */
export interface KeyUsage {
  readonly project: string;
  /** Those that were let in. */
  readonly requests: number;
  readonly bytes: number;
  /** Requests turned away, by reason. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Decides who comes in, to which project, and how much. */
export interface Gate {
  /** Throws UnauthenticatedError, ForbiddenError or KeyLimitError. */
  admit(approach: Approach): Caller;
  /** Throws UnauthenticatedError where the key of an admitted request was revoked while its answer was made. */
  confirm(caller: Caller): void;
  /** Counts bytes of an admitted request that were not known before they came. */
  takeBytes(caller: Caller, bytes: number): void;
  refusals(): Refusals;
  /** By id of the key. */
  usage(): ReadonlyMap<string, KeyUsage>;
}

export interface GateOptions extends Identification {
  readonly limits: KeyLimits;
}

export function createGate(options: GateOptions): Gate {
  const { limits } = options;
  const counts = createCounts();
  return {
    admit(approach) {
      let caller: Caller | undefined;
      try {
        caller = identify(options, approach);
        checkNeed(caller, approach.need);
        if (caller.key !== null) {
          limits.take(caller.key, approach.bytes);
          counts.addUsage(caller.key, 1, approach.bytes);
        }
        return caller;
      } catch (error) {
        if (isRefusal(error)) counts.addRefusal(caller, error.code);
        throw error;
      }
    },
    confirm(caller) {
      if (caller.key === null || options.keyring.get(caller.key.id) !== undefined) return;
      const error = new UnauthenticatedError("the key was revoked meanwhile");
      counts.addRefusal(caller, error.code);
      throw error;
    },
    takeBytes({ key }, bytes) {
      if (key === null || bytes <= 0) return;
      limits.takeBytes(key, bytes);
      counts.addUsage(key, 0, bytes);
    },
    refusals: () => counts.refusedByProject,
    usage: () => counts.usageByKey,
  };
}

interface Counts {
  readonly refusedByProject: Map<string, Record<string, number>>;
  readonly usageByKey: Map<string, MutableUsage>;
  addUsage(key: Key, requests: number, bytes: number): void;
  /** Of a caller that is not known where it is undefined. */
  addRefusal(caller: Caller | undefined, reason: string): void;
}

function createCounts(): Counts {
  const refusedByProject = new Map<string, Record<string, number>>();
  const usageByKey = new Map<string, MutableUsage>();

  function usageOf({ id, project }: Key): MutableUsage {
    const usage = usageByKey.get(id) ?? { project, requests: 0, bytes: 0, refused: {} };
    usageByKey.set(id, usage);
    return usage;
  }

  return {
    refusedByProject,
    usageByKey,
    addUsage(key, requests, bytes) {
      const usage = usageOf(key);
      usage.requests += requests;
      usage.bytes += bytes;
    },
    addRefusal(caller, reason) {
      const project = caller?.project ?? "";
      const refused = refusedByProject.get(project) ?? {};
      countReason(refused, reason);
      refusedByProject.set(project, refused);
      if (caller?.key) countReason(usageOf(caller.key).refused, reason);
    },
  };
}

interface MutableUsage {
  readonly project: string;
  requests: number;
  bytes: number;
  readonly refused: Record<string, number>;
}

function countReason(counts: Record<string, number>, reason: string): void {
  counts[reason] = (counts[reason] ?? 0) + 1;
}

/** True for what `admit` throws when it turns somebody away. */
export function isRefusal(error: unknown): error is UnauthenticatedError | ForbiddenError | KeyLimitError {
  return (
    error instanceof UnauthenticatedError || error instanceof ForbiddenError || error instanceof KeyLimitError
  );
}

function checkNeed({ scopes, project, isOperator }: Caller, need: Need): void {
  switch (need.kind) {
    case "open":
    case "page":
      return;
    case "operator":
      if (isOperator) return;
      throw new ForbiddenError(
        "only the owner of the data directory may do this: use the command line there",
      );
    case "metrics":
      if (project === defaultProject && scopes.includes("read")) return;
      throw new ForbiddenError(
        `the server's own metrics need the scope read in the project ${defaultProject}`,
      );
    case "scope":
      if (need.anyOf.some((scope) => scopes.includes(scope))) return;
      throw new ForbiddenError(`the key lacks the scope ${need.anyOf.join(" or ")}`);
  }
}
