import type { SpanEvent } from "@spanlight/contract";
import { CodeBlock } from "../../components/trace/code-block.tsx";
import { formatDuration } from "../../lib/format.ts";
import { toEpochMs } from "../../lib/instant.ts";
import styles from "./event-list.module.css";

/** What happened during a span; an exception reads as its type, message and stack. */
export function EventList({ events, startTime }: { events: SpanEvent[]; startTime: string }) {
  const startMs = toEpochMs(startTime);
  return (
    <ol className={styles.events}>
      {events.map(({ time, name, attributes }, i) => {
        const { "exception.stacktrace": stack, ...rest } = attributes;
        return (
          <li key={i} className={styles.event}>
            <header className={styles.head}>
              <b>{name}</b>
              <time dateTime={time} title={time}>
                after {formatDuration(Math.max(0, toEpochMs(time) - startMs))}
              </time>
            </header>
            {Object.keys(rest).length === 0 ? null : <CodeBlock value={rest} label={`event ${name}`} />}
            {stack === undefined ? null : <CodeBlock value={stack} label="stack" />}
          </li>
        );
      })}
    </ol>
  );
}
