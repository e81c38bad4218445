import type { RuleFile, RuleProblem } from "@spanlight/contract";
import { useDeferredValue, useEffect, useRef, useState, type RefObject } from "react";
import { useBacktest, useRuleCheck, useSaveRules } from "../../api/use-alerts.ts";
import { Badge } from "../../components/core/badge.tsx";
import { Button } from "../../components/core/button.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { plural } from "../../lib/format.ts";
import styles from "./alerts.module.css";
import { BacktestRun } from "./backtest-panel.tsx";

const newFileText = `groups:
  - name: my-service
    rules:
      - alert: HighErrorRate
        expr: |
          sum by (service) (rate(llm_errors_total[5m]))
            / sum by (service) (rate(llm_requests_total[5m])) > 0.05
        for: 5m
        labels:
          severity: warning
        annotations:
          summary: "{{ $labels.service }}: {{ $value | humanizePercentage }} of calls fail"
`;

interface RuleEditorProps {
  /** Null = one that is not there yet. */
  file: RuleFile | null;
  onSaved?: (file: RuleFile) => void;
}

/** Milliseconds without a key after which the text is checked. */
const restMs = 250;

function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), restMs);
    return () => clearTimeout(timer);
  }, [text]);
  return useDeferredValue(rested);
}

/** A rule file that is checked while one types, tried on stored data, and taken into operation when it is saved. */
export function RuleEditor({ file, onSaved }: RuleEditorProps) {
  const [text, setText] = useState(file?.text ?? newFileText);
  const [name, setName] = useState("my-rules.yaml");
  const area = useRef<HTMLTextAreaElement>(null);
  const backtest = useBacktest();
  return (
    <div className={styles.editor}>
      <Panel
        title={file?.name ?? "New file"}
        aside={<SaveControl file={file} name={name} text={text} onSaved={onSaved} />}
      >
        {file === null ? (
          <label className={styles.form}>
            Name{" "}
            <input className={styles.input} value={name} onChange={(event) => setName(event.target.value)} />
          </label>
        ) : null}
        <textarea
          ref={area}
          className={styles.text}
          value={text}
          onChange={(event) => setText(event.target.value)}
          readOnly={file !== null && !file.isWritable}
          spellCheck={false}
          aria-label="Rules in YAML"
          rows={Math.min(40, Math.max(16, text.split("\n").length + 1))}
        />
        <Problems text={text} area={area} />
      </Panel>
      <BacktestRun
        title="What they would have done"
        backtest={backtest}
        labels={null}
        onRun={(lengthMs) => {
          const nowMs = Date.now();
          backtest.mutate({
            rules: text,
            from: new Date(nowMs - lengthMs).toISOString(),
            to: new Date(nowMs).toISOString(),
          });
        }}
      />
    </div>
  );
}

interface SaveControlProps {
  file: RuleFile | null;
  name: string;
  text: string;
  onSaved: ((file: RuleFile) => void) | undefined;
}

function SaveError({ error }: { error: Error | null }) {
  if (error === null) return null;
  return (
    <span className={styles.bad} role="alert">
      Not saved, the rules in operation stay: {error.message}
    </span>
  );
}

/** Saves what was changed; a text with mistakes is refused here and by the server. */
function SaveControl({ file, name, text, onSaved }: SaveControlProps) {
  const [saved, setSaved] = useState({ text: file?.text ?? "", version: file?.version });
  const check = useRuleCheck(useRested(text));
  const save = useSaveRules();
  if (file !== null && !file.isWritable) return <Badge>read only</Badge>;
  const isChanged = text !== saved.text;
  const submit = (): void =>
    save.mutate(
      { id: file?.id ?? null, name, text, version: saved.version },
      {
        onSuccess: (written) => {
          setSaved({ text: written.text, version: written.version });
          onSaved?.(written);
        },
      },
    );
  return (
    <span className={styles.actions}>
      <SaveError error={save.error} />
      {isChanged && file !== null ? <Badge tone="warn">not saved</Badge> : null}
      <Button
        look="strong"
        disabled={!isChanged || check.data?.ok === false || save.isPending}
        onClick={submit}
      >
        {save.isPending ? "Saving…" : "Save and use"}
      </Button>
    </span>
  );
}

/** Puts the cursor where a problem is. */
function goTo(area: HTMLTextAreaElement | null, text: string, { line, column }: RuleProblem): void {
  if (area === null || line === 0) return;
  const before = text.split("\n").slice(0, line - 1);
  const at = before.reduce((sum, one) => sum + one.length + 1, 0) + Math.max(0, column - 1);
  area.focus();
  area.setSelectionRange(at, at + 1);
}

/** What is wrong with the text, and where. */
function Problems({ text, area }: { text: string; area: RefObject<HTMLTextAreaElement | null> }) {
  const { data, error, isFetching } = useRuleCheck(useRested(text));
  const problems = data?.problems ?? [];
  if (error !== null)
    return (
      <p className={styles.bad} role="alert">
        The text could not be checked: {error.message}
      </p>
    );
  if (problems.length === 0)
    return (
      <p className={styles.empty} role="status">
        {isFetching ? "Checking…" : `In order: ${plural(data?.rules.length ?? 0, "rule")}.`}
      </p>
    );
  return (
    <ul className={styles.list} role="status">
      {problems.map((problem) => (
        <li key={`${problem.line} ${problem.column} ${problem.message}`} className={styles.problem}>
          <button type="button" className={styles.place} onClick={() => goTo(area.current, text, problem)}>
            {problem.line}:{problem.column}
          </button>{" "}
          <Badge tone={problem.severity === "error" ? "bad" : "warn"}>{problem.kind}</Badge> {problem.message}
        </li>
      ))}
    </ul>
  );
}
