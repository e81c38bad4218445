import type { ApiKey } from "@spanlight/contract";
import { useState, type FormEvent } from "react";
import { useChangeKey } from "../../api/use-keys.ts";
import { Button } from "../../components/core/button.tsx";
import { parseLimit } from "./key-words.ts";
import styles from "./keys.module.css";
import { LimitFields, type LimitTexts } from "./limit-fields.tsx";

const toText = (limit: number | null) => (limit === null ? "" : String(limit));

/** Changes a key's limits and what it is called: they hold from the next request on. */
export function KeyLimitsForm({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const [name, setName] = useState(apiKey.name);
  const [limits, setLimits] = useState<LimitTexts>({
    requests: toText(apiKey.maxRequestsPerSecond),
    bytes: toText(apiKey.maxBytesPerSecond),
  });
  const changing = useChangeKey();
  const maxRequestsPerSecond = parseLimit(limits.requests);
  const maxBytesPerSecond = parseLimit(limits.bytes);
  const isWrong = maxRequestsPerSecond === undefined || maxBytesPerSecond === undefined;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isWrong) return;
    const change = { name, maxRequestsPerSecond, maxBytesPerSecond };
    changing.mutate({ id: apiKey.id, change }, { onSuccess: onClose });
  };
  return (
    <form className={styles.form} onSubmit={submit} aria-label={`Limits of ${apiKey.name || apiKey.id}`}>
      <label className={styles.field}>
        <span>Name</span>
        <input
          className={styles.input}
          value={name}
          maxLength={200}
          autoFocus
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <LimitFields value={limits} onChange={setLimits} />
      <span className={styles.actions}>
        <Button type="submit" look="strong" disabled={isWrong || changing.isPending}>
          Save
        </Button>
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
      </span>
      {changing.error === null ? null : (
        <span className={styles.bad} role="alert">
          {changing.error.message}
        </span>
      )}
    </form>
  );
}
