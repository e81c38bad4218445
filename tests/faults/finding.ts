/** What a fault showed. */
export interface Finding {
  /** Everything that is wrong, one sentence each; none = the server stood it. */
  readonly wrongs: readonly string[];
  readonly figures: Readonly<Record<string, number | string | boolean>>;
  /** Why it could not be tried here; then there is nothing wrong and nothing shown. */
  readonly skipped?: string;
}

/** What every fault is told. */
export interface FaultOptions {
  readonly launcher: string;
  /** An empty directory of its own. */
  readonly directory: string;
  readonly seed: number;
  /** How much of it: 1 = as long as the documentation says, less for a quick look. */
  readonly share: number;
  /** Progress, for people. */
  readonly report: (line: string) => void;
}

export type Fault = (options: FaultOptions) => Promise<Finding>;

/** Bytes as MiB, rounded. */
export function toMebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
