import type { ApiKey } from "@spanlight/contract";
import { useState, type FormEvent } from "react";
import { useChangeKey } from "../../api/use-keys.ts";
import { KeyFormEnd, KeyNameField } from "./key-form-parts.tsx";
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
      <KeyNameField value={name} onChange={setName} />
      <LimitFields value={limits} onChange={setLimits} />
      <KeyFormEnd
        label="Save"
        isDisabled={isWrong || changing.isPending}
        error={changing.error}
        onCancel={onClose}
      />
    </form>
  );
}
