import type { ReactNode } from "react";
import { joinClasses } from "../../lib/class-names.ts";
import styles from "./badge.module.css";

interface BadgeProps {
  tone?: "neutral" | "bad" | "warn";
  title?: string | undefined;
  children: ReactNode;
}

/** A word in a small box. Red says wrong now, amber close to wrong. */
export function Badge({ tone = "neutral", title, children }: BadgeProps) {
  return (
    <span className={joinClasses(styles.badge, styles[tone])} title={title}>
      {children}
    </span>
  );
}

/** The small round sign of a status. Its meaning must stand in words beside it or in `label`. */
export function StatusDot({ tone, label }: { tone: "ok" | "bad" | "warn" | "busy"; label?: string }) {
  return (
    <span
      className={joinClasses(styles.dot, styles[`dot-${tone}`])}
      {...(label === undefined
        ? { "aria-hidden": true }
        : { role: "img", "aria-label": label, title: label })}
    />
  );
}
