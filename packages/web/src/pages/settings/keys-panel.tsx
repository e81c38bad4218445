import type { ApiKey } from "@spanlight/contract";
import { useState } from "react";
import { ApiError } from "../../api/request.ts";
import { useKeys, useRevokeKey } from "../../api/use-keys.ts";
import { Badge } from "../../components/core/badge.tsx";
import { Button } from "../../components/core/button.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { formatMoment } from "../../lib/instant.ts";
import { useNow } from "../../lib/use-now.ts";
import { KeyLimitsForm } from "./key-limits-form.tsx";
import { describeLimits } from "./key-words.ts";
import styles from "./keys.module.css";
import { NewKeyForm } from "./new-key-form.tsx";

const FORBIDDEN = 403;

/** True for what a key without the scope admin is answered. */
export function isForbidden(error: Error | null): boolean {
  return error instanceof ApiError && error.status === FORBIDDEN;
}

/** Who may send, read and administer: keys are made, limited and revoked here. */
export function KeysPanel() {
  const keys = useKeys();
  const [isMaking, setIsMaking] = useState(false);
  if (isForbidden(keys.error)) {
    return (
      <Panel title="Keys">
        <p className={styles.empty}>
          Keys are made, limited and revoked with a key that has the scope admin; so is the audit log read.
        </p>
      </Panel>
    );
  }
  return (
    <Panel
      title="Keys"
      aside={
        isMaking || keys.data === undefined ? undefined : (
          <Button onClick={() => setIsMaking(true)}>New key…</Button>
        )
      }
    >
      {isMaking ? <NewKeyForm onClose={() => setIsMaking(false)} /> : null}
      {keys.data === undefined ? (
        <div className={styles.loading}>
          {keys.error === null ? <Skeleton height={60} /> : <p role="alert">{keys.error.message}</p>}
        </div>
      ) : (
        <KeyList keys={keys.data.items} />
      )}
    </Panel>
  );
}

function KeyList({ keys }: { keys: readonly ApiKey[] }) {
  const [isWhole, setIsWhole] = useState(false);
  if (keys.length === 0) {
    return (
      <p className={styles.empty}>
        There are no keys. On this machine none is needed; with a key for each sender the accounting tells
        them apart, and each can be limited and revoked.
      </p>
    );
  }
  const inForce = keys.filter(({ revokedAt }) => revokedAt === null);
  const shown = isWhole ? keys : inForce;
  return (
    <>
      <ul className={styles.list}>
        {shown.map((key) => (
          <KeyRow key={key.id} apiKey={key} />
        ))}
      </ul>
      {shown.length === keys.length ? null : (
        <p className={styles.more}>
          <Button look="quiet" onClick={() => setIsWhole(true)}>
            Show {keys.length - shown.length} revoked
          </Button>
        </p>
      )}
    </>
  );
}

type Doing = "nothing" | "limiting" | "revoking";

function KeyRow({ apiKey }: { apiKey: ApiKey }) {
  const nowMs = useNow();
  const [doing, setDoing] = useState<Doing>("nothing");
  const { id, name, scopes, createdAt, revokedAt } = apiKey;
  const limits = describeLimits(apiKey);
  const shownName = name === "" ? id : name;
  const facts = [
    name === "" ? null : id,
    createdAt === null ? "from SPANLIGHT_API_KEY" : `made ${formatMoment(Date.parse(createdAt), nowMs)}`,
    revokedAt === null ? null : `revoked ${formatMoment(Date.parse(revokedAt), nowMs)}`,
    limits === "" ? null : `at most ${limits}`,
  ].filter((fact) => fact !== null);
  return (
    <li className={styles.row}>
      <div>
        <p className={styles.name}>
          <span>{shownName}</span>
          {scopes.map((scope) => (
            <Badge key={scope}>{scope}</Badge>
          ))}
        </p>
        <p className={styles.note}>{facts.join(" · ")}</p>
      </div>
      {revokedAt !== null || createdAt === null || doing !== "nothing" ? null : (
        <span className={styles.actions}>
          <Button onClick={() => setDoing("limiting")} aria-label={`Limits of ${shownName}`}>
            Limits…
          </Button>
          <Button onClick={() => setDoing("revoking")} aria-label={`Revoke ${shownName}`}>
            Revoke…
          </Button>
        </span>
      )}
      {doing === "limiting" ? <KeyLimitsForm apiKey={apiKey} onClose={() => setDoing("nothing")} /> : null}
      {doing === "revoking" ? (
        <Revocation id={id} name={shownName} onClose={() => setDoing("nothing")} />
      ) : null}
    </li>
  );
}

function Revocation({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const revoking = useRevokeKey();
  return (
    <div className={styles.revocation} role="group" aria-label={`Revoke ${name}`}>
      <span>Whoever sends or reads with {name} is refused at once, for good.</span>
      <span className={styles.actions}>
        <Button look="strong" disabled={revoking.isPending} onClick={() => revoking.mutate(id)} autoFocus>
          Revoke
        </Button>
        <Button look="quiet" onClick={onClose}>
          Keep it
        </Button>
      </span>
      {revoking.error === null ? null : (
        <span className={styles.bad} role="alert">
          {revoking.error.message}
        </span>
      )}
    </div>
  );
}
