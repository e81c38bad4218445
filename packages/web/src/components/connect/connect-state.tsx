import { useIngest } from "../../api/use-ingest.ts";
import { formatMoment } from "../../lib/instant.ts";
import { listSnippets } from "../../lib/snippets.ts";
import { describeRange } from "../../lib/time-range.ts";
import { useNow } from "../../lib/use-now.ts";
import { useView } from "../../lib/use-view.ts";
import type { View } from "../../lib/view.ts";
import { Button } from "../core/button.tsx";
import { CopyBlock } from "../core/copy-button.tsx";
import { EmptyState } from "../core/states.tsx";
import styles from "./connect-state.module.css";

interface ConnectStateProps {
  view: View;
  /** What there is none of: "model call", "trace". */
  what: string;
}

/** An empty page: either nothing has ever arrived, then how to send; or not in this range, then where to look. */
export function ConnectState({ view, what }: ConnectStateProps) {
  const ingest = useIngest();
  const nowMs = useNow();
  const { changeView } = useView();
  const last = ingest.data?.lastReceivedAt ?? null;
  if (ingest.isPending) return null;
  if (last === null) {
    return (
      <EmptyState title="Nothing has arrived yet">
        <p className={styles.text}>
          This page fills within seconds of the first {what}. Point an application at this server:
        </p>
        <SnippetList />
      </EmptyState>
    );
  }
  const hasFilters = Object.keys(view.filters).length > 0;
  return (
    <EmptyState title={`No ${what} in this range`}>
      <p className={styles.text}>
        Looked at {describeRange(view.range, nowMs).toLowerCase()}
        {hasFilters ? " with filters" : ""}. The last data arrived at {formatMoment(Date.parse(last), nowMs)}.
      </p>
      <p className={styles.actions}>
        {hasFilters ? <Button onClick={() => changeView({ filters: {} })}>Remove the filters</Button> : null}
        <Button onClick={() => changeView({ range: { kind: "last", text: "24h" } })}>
          Show the last 24 h
        </Button>
        <Button onClick={() => changeView({ range: { kind: "last", text: "7d" } })}>Show the last 7 d</Button>
      </p>
    </EmptyState>
  );
}

/** Lines that make an application send here, each with a button that copies it. */
export function SnippetList() {
  return listSnippets(window.location.origin).map(({ name, hint, text }) => (
    <div key={name} className={styles.snippet}>
      <h3>{name}</h3>
      <p className={styles.text}>{hint}</p>
      <CopyBlock text={text} label={name} />
    </div>
  ));
}
