/** One step that was looked at. */
export interface Finding {
  readonly step: string;
  /** `note`: works, but perhaps not as somebody expects. */
  readonly state: "ok" | "failed" | "note";
  readonly message: string;
  /** What to do; absent where there is nothing to do. */
  readonly mend?: string;
}

export const ok = (step: string, message: string): Finding => ({ step, state: "ok", message });

export const failed = (step: string, message: string, mend: string): Finding => {
  return { step, state: "failed", message, mend };
};

export const note = (step: string, message: string, mend?: string): Finding => {
  return { step, state: "note", message, ...(mend === undefined ? {} : { mend }) };
};

const marks = { ok: "✓", failed: "✗", note: "·" };

/** The findings as lines for a terminal, and how many of each there are as the last. */
export function renderFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ step }) => step.length));
  const lines = findings.flatMap(({ step, state, message, mend }) => {
    const line = `${marks[state]} ${step.padEnd(width)}  ${message}`;
    return mend === undefined ? [line] : [line, `  ${" ".repeat(width)}  → ${mend}`];
  });
  const count = (state: Finding["state"]): number =>
    findings.filter((finding) => finding.state === state).length;
  return `${lines.join("\n")}\n\n${count("ok")} ok, ${count("failed")} failed, ${count("note")} notes\n`;
}
