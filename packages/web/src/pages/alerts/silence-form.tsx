import type { AlertRule } from "@spanlight/contract";
import { useState, type FormEvent } from "react";
import { useSilencing } from "../../api/use-alerts.ts";
import { Button } from "../../components/core/button.tsx";
import { describeLabels, tellingLabels } from "./alert-words.ts";
import styles from "./alerts.module.css";

const durations = [
  ["1 h", 3_600_000],
  ["4 h", 14_400_000],
  ["24 h", 86_400_000],
  ["7 d", 604_800_000],
] as const;

interface SilenceFormProps {
  rule: AlertRule;
  /** Labels of the one alert to keep quiet; null = all alerts of the rule. */
  labels: Readonly<Record<string, string>> | null;
}

/** Keeps a rule's alerts, or one of them, quiet for a while. */
export function SilenceForm({ rule, labels }: SilenceFormProps) {
  const [isOpen, setIsOpen] = useState(false);
  const [durationMs, setDurationMs] = useState<number>(durations[0][1]);
  const [comment, setComment] = useState("");
  const silencing = useSilencing();
  const what = labels === null ? `every alert of ${rule.name}` : describeLabels(labels, rule.labels);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const told = labels === null ? [] : tellingLabels(labels, rule.labels);
    const matchers = [["alertname", rule.name] as const, ...told].map(([name, value]) => ({
      name,
      operator: "=" as const,
      value,
    }));
    silencing.mutate(
      { matchers, durationMs, comment, createdBy: "" },
      {
        onSuccess: () => {
          setIsOpen(false);
          setComment("");
        },
      },
    );
  };
  if (!isOpen) {
    return (
      <span>
        <Button onClick={() => setIsOpen(true)}>Silence…</Button>
        {silencing.isSuccess ? <span className={styles.note}> Silenced: see Alerts, Silences.</span> : null}
      </span>
    );
  }
  return (
    <form className={styles.form} onSubmit={submit} aria-label={`Silence ${what}`}>
      <span>Silence {what} for</span>
      <span className={styles.filter} role="group" aria-label="Duration">
        {durations.map(([name, value]) => (
          <button
            key={name}
            type="button"
            aria-pressed={value === durationMs}
            onClick={() => setDurationMs(value)}
          >
            {name}
          </button>
        ))}
      </span>
      <input
        className={styles.input}
        value={comment}
        onChange={(event) => setComment(event.target.value)}
        placeholder="Why, and who"
        aria-label="Comment"
        required
        autoFocus
      />
      <Button type="submit" look="strong" disabled={silencing.isPending}>
        Silence
      </Button>
      <Button look="quiet" onClick={() => setIsOpen(false)}>
        Cancel
      </Button>
      {silencing.error === null ? null : (
        <span className={styles.bad} role="alert">
          {silencing.error.message}
        </span>
      )}
    </form>
  );
}
