import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from "vitest/node";

/**
 * Prints failures in full, skips with their reason, and closes with the plain line
 * `N passed, N failed[, N skipped]`. A file that cannot be loaded and an unhandled error are failures.
 */
export default class PlainReporter implements Reporter {
  private passed = 0;
  private failed = 0;
  private skipped = 0;

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state === "passed") this.passed += 1;
    else if (result.state === "failed") this.reportFailure(test.fullName, test.module, result.errors);
    else this.reportSkip(test, result.state === "skipped" ? result.note : undefined);
  }

  /** A hook that fails skips the tests of its suite: the suite itself is then the failure. */
  onTestSuiteResult(suite: TestSuite): void {
    const errors = suite.errors();
    if (errors.length > 0) this.reportFailure(suite.fullName, suite.module, errors);
  }

  onTestModuleEnd(module: TestModule): void {
    const errors = module.errors();
    if (errors.length > 0) this.reportFailure("cannot be loaded", module, errors);
    const { duration } = module.diagnostic();
    process.stderr.write(
      `${module.state() === "failed" ? "FAIL" : "ok  "} ${module.relativeModuleId} ${Math.round(duration)} ms\n`,
    );
  }

  onTestRunEnd(_modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    for (const error of unhandledErrors) {
      this.failed += 1;
      process.stderr.write(`FAIL unhandled error\n${describe(error)}\n`);
    }
    const skipped = this.skipped > 0 ? `, ${this.skipped} skipped` : "";
    process.stdout.write(`${this.passed} passed, ${this.failed} failed${skipped}\n`);
  }

  private reportFailure(
    name: string,
    module: TestModule,
    errors: readonly SerializedError[] | undefined,
  ): void {
    this.failed += 1;
    process.stderr.write(`FAIL ${module.relativeModuleId} > ${name}\n`);
    for (const error of errors ?? []) process.stderr.write(`${describe(error)}\n`);
  }

  private reportSkip(test: TestCase, note: string | undefined): void {
    this.skipped += 1;
    process.stderr.write(
      `skip ${test.module.relativeModuleId} > ${test.fullName}${note === undefined ? "" : `: ${note}`}\n`,
    );
  }
}

function describe(error: SerializedError): string {
  const text = error.stack ?? `${error.name ?? "Error"}: ${error.message}`;
  return typeof error.diff === "string" ? `${text}\n${error.diff}` : text;
}
