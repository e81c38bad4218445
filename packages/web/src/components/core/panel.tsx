import type { ReactNode } from "react";
import { joinClasses } from "../../lib/class-names.ts";
import styles from "./panel.module.css";

interface PanelProps {
  title: string;
  /** Stands at the right of the title: a legend, a switch. */
  aside?: ReactNode;
  className?: string | undefined;
  children: ReactNode;
}

/** A card with a title line. */
export function Panel({ title, aside, className, children }: PanelProps) {
  return (
    <section className={joinClasses(styles.panel, className)} aria-label={title}>
      <header className={styles.header}>
        <h2 className={styles.title}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
