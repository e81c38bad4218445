import styles from "./keys.module.css";
import { parseLimit } from "./key-words.ts";

export interface LimitTexts {
  readonly requests: string;
  readonly bytes: string;
}

interface LimitFieldsProps {
  value: LimitTexts;
  onChange: (value: LimitTexts) => void;
}

/** What a key may take at most; empty = what the server's settings say. */
export function LimitFields({ value, onChange }: LimitFieldsProps) {
  return (
    <>
      <LimitField
        label="Requests per second"
        text={value.requests}
        onChange={(requests) => onChange({ ...value, requests })}
      />
      <LimitField
        label="Bytes per second"
        text={value.bytes}
        onChange={(bytes) => onChange({ ...value, bytes })}
      />
    </>
  );
}

interface LimitFieldProps {
  label: string;
  text: string;
  onChange: (text: string) => void;
}

function LimitField({ label, text, onChange }: LimitFieldProps) {
  const isWrong = parseLimit(text) === undefined;
  return (
    <label className={styles.field}>
      <span>{label}</span>
      <input
        className={styles.input}
        value={text}
        inputMode="decimal"
        placeholder="no limit of its own"
        aria-invalid={isWrong}
        onChange={(event) => onChange(event.target.value)}
      />
      {isWrong ? <span className={styles.bad}>a number above 0, such as 50 or 5 MB</span> : null}
    </label>
  );
}
