import type { Silence } from "@spanlight/contract";
import { useEndSilence, useSilences } from "../../api/use-alerts.ts";
import { Badge } from "../../components/core/badge.tsx";
import { Button } from "../../components/core/button.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { formatMoment } from "../../lib/instant.ts";
import { useNow } from "../../lib/use-now.ts";
import styles from "./alerts.module.css";

/** What is kept quiet, until when and why. */
export function SilencesPanel() {
  const silences = useSilences();
  const ending = useEndSilence();
  const error = ending.error ?? (silences.data === undefined ? silences.error : null);
  return (
    <Panel title="Silences">
      {error === null ? null : (
        <p className={styles.bad} role="alert">
          {error.message}
        </p>
      )}
      {silences.data === undefined ? (
        <div className={styles.loading}>{silences.error === null ? <Skeleton height={40} /> : null}</div>
      ) : silences.data.items.length === 0 ? (
        <p className={styles.empty}>Nothing is silenced. A rule's page silences its alerts.</p>
      ) : (
        <ul className={styles.list}>
          {silences.data.items.map((silence) => (
            <SilenceRow
              key={silence.id}
              silence={silence}
              isEnding={ending.isPending}
              onEnd={() => ending.mutate(silence.id)}
            />
          ))}
        </ul>
      )}
    </Panel>
  );
}

interface SilenceRowProps {
  silence: Silence;
  isEnding: boolean;
  onEnd: () => void;
}

function SilenceRow({ silence, isEnding, onEnd }: SilenceRowProps) {
  const nowMs = useNow();
  const ended = silence.state === "expired";
  return (
    <li className={styles.row}>
      <div>
        <p>
          <code>
            {silence.matchers.map(({ name, operator, value }) => `${name}${operator}"${value}"`).join(", ")}
          </code>{" "}
          {silence.state === "active" ? null : <Badge>{silence.state}</Badge>}
        </p>
        <p className={styles.note}>
          {ended ? "until" : "ends"} {formatMoment(Date.parse(silence.endsAt), nowMs)}
          {silence.createdBy === "" ? "" : ` · ${silence.createdBy}`}
          {silence.comment === "" ? "" : ` · ${silence.comment}`}
          {silence.alerts.length === 0 ? "" : ` · keeps ${silence.alerts.length} quiet`}
        </p>
      </div>
      {ended ? null : (
        <Button onClick={onEnd} disabled={isEnding}>
          End now
        </Button>
      )}
    </li>
  );
}
