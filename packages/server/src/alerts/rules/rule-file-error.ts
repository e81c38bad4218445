import type { FileProblem } from "./yaml-reader.ts";

/** Writes a complaint as `file: line:column: message`. */
export function formatProblem(file: string, { line, column, message }: FileProblem): string {
  return line === 0 ? `${file}: ${message}` : `${file}: ${line}:${column}: ${message}`;
}

/** A rule file or unit-test file that cannot be used. The message lists every problem with its place. */
export class RuleFileError extends Error {
  readonly code = "rule_file_invalid";
  override readonly name = "RuleFileError";
  readonly file: string;
  readonly problems: readonly FileProblem[];

  constructor(file: string, problems: readonly FileProblem[], options?: ErrorOptions) {
    super(problems.map((problem) => formatProblem(file, problem)).join("\n"), options);
    this.file = file;
    this.problems = problems;
  }
}

/** Some rule files cannot be used; the rest is in operation. The message lists every problem with its place. */
export class RuleFilesError extends Error {
  readonly code = "rule_files_invalid";
  override readonly name = "RuleFilesError";
  readonly errors: readonly RuleFileError[];

  constructor(errors: readonly RuleFileError[]) {
    super(errors.map(({ message }) => message).join("\n"), { cause: errors[0] });
    this.errors = errors;
  }
}
