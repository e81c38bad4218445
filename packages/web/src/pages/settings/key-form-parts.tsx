import { Button } from "../../components/core/button.tsx";
import styles from "./keys.module.css";

/** What a key or a project is called; has the focus when its form opens. */
export function KeyNameField({
  value,
  placeholder,
  maxLength = 200,
  onChange,
}: {
  value: string;
  placeholder?: string;
  maxLength?: number;
  onChange: (name: string) => void;
}) {
  return (
    <label className={styles.field}>
      <span>Name</span>
      <input
        className={styles.input}
        value={value}
        maxLength={maxLength}
        placeholder={placeholder}
        autoFocus
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}

/** The end of a form about a key: send it or not, and why it failed. */
export function KeyFormEnd({
  label,
  isDisabled,
  error,
  onCancel,
}: {
  label: string;
  isDisabled: boolean;
  error: Error | null;
  onCancel: () => void;
}) {
  return (
    <>
      <span className={styles.actions}>
        <Button type="submit" look="strong" disabled={isDisabled}>
          {label}
        </Button>
        <Button look="quiet" onClick={onCancel}>
          Cancel
        </Button>
      </span>
      {error === null ? null : (
        <span className={styles.bad} role="alert">
          {error.message}
        </span>
      )}
    </>
  );
}
