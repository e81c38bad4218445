import type { CreatedApiKey, KeyScope } from "@spanlight/contract";
import { useState, type FormEvent } from "react";
import { useCreateKey } from "../../api/use-keys.ts";
import { Button } from "../../components/core/button.tsx";
import { CopyBlock } from "../../components/core/copy-button.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import { KeyFormEnd, KeyNameField } from "./key-form-parts.tsx";
import { parseLimit } from "./key-words.ts";
import styles from "./keys.module.css";
import { LimitFields, type LimitTexts } from "./limit-fields.tsx";

const scopes: readonly (readonly [KeyScope, string])[] = [
  ["ingest", "sends telemetry and scores"],
  ["read", "asks: pages, API, Prometheus"],
  ["admin", "changes keys, rules, silences, prices"],
];

/** Makes a key and shows its text, this once. */
export function NewKeyForm({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<readonly KeyScope[]>(["ingest"]);
  const [limits, setLimits] = useState<LimitTexts>({ requests: "", bytes: "" });
  const making = useCreateKey();
  const maxRequestsPerSecond = parseLimit(limits.requests);
  const maxBytesPerSecond = parseLimit(limits.bytes);
  const isWrong =
    chosen.length === 0 || maxRequestsPerSecond === undefined || maxBytesPerSecond === undefined;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isWrong) return;
    making.mutate({ name: name.trim(), scopes: [...chosen], maxRequestsPerSecond, maxBytesPerSecond });
  };
  if (making.data !== undefined) return <MadeKey made={making.data} onClose={onClose} />;
  return (
    <form className={joinClasses(styles.form, styles.newKey)} onSubmit={submit} aria-label="New key">
      <KeyNameField value={name} placeholder="who it is for" onChange={setName} />
      <fieldset className={styles.scopes}>
        <legend>Scopes</legend>
        {scopes.map(([scope, what]) => (
          <label key={scope} className={styles.scope}>
            <input
              type="checkbox"
              checked={chosen.includes(scope)}
              onChange={(event) =>
                setChosen(
                  event.target.checked ? [...chosen, scope] : chosen.filter((other) => other !== scope),
                )
              }
            />
            <span>{scope}</span> <span className={styles.note}>{what}</span>
          </label>
        ))}
      </fieldset>
      <LimitFields value={limits} onChange={setLimits} />
      <KeyFormEnd
        label="Make the key"
        isDisabled={isWrong || making.isPending}
        error={making.error}
        onCancel={onClose}
      />
    </form>
  );
}

/** The text of a key that was made, this once. */
export function MadeKey({ made, onClose }: { made: CreatedApiKey; onClose: () => void }) {
  return (
    <div className={styles.made} role="status">
      <p>Copy the key now: it is kept nowhere and not shown again.</p>
      <CopyBlock text={made.key} label="the key" />
      {made.scopes.includes("ingest") ? (
        <>
          <p className={styles.note}>An OpenTelemetry application sends with it by</p>
          <CopyBlock
            text={`export OTEL_EXPORTER_OTLP_HEADERS=x-api-key=${made.key}`}
            label="the environment variable"
          />
        </>
      ) : null}
      <p>
        <Button onClick={onClose}>Done</Button>
      </p>
    </div>
  );
}
