import type { Health, RetentionReport, Server } from "@spanlight/contract";
import { StatusDot } from "../../components/core/badge.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import styles from "./server.module.css";
import { assessServer } from "./server-words.ts";

interface ServerVerdictProps {
  /** Null while it is not known. */
  server: Server | null;
  error: Error | null;
  health: Health | null;
  retention: readonly RetentionReport[];
}

/** The first line: what is wrong with the server, or that all is well. */
export function ServerVerdictLine({ server, error, health, retention }: ServerVerdictProps) {
  if (server === null) {
    // What could not be read is said where it would stand.
    if (error !== null) return null;
    return (
      <section className={styles.verdict} aria-hidden="true">
        <Skeleton height={20} width="min(420px, 80%)" />
      </section>
    );
  }
  const { tone, lines } = assessServer({ server, health, retention });
  return (
    <section className={joinClasses(styles.verdict, styles[tone])} aria-label="State of the server">
      {lines.map((line) => (
        <p key={line}>
          {tone === "well" ? <StatusDot tone="ok" /> : null}
          {tone === "well" ? " " : null}
          {line}
        </p>
      ))}
    </section>
  );
}
