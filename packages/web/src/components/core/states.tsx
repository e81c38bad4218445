import type { ReactNode } from "react";
import { ApiError } from "../../api/request.ts";
import { Button } from "./button.tsx";
import styles from "./states.module.css";

/** A grey block that holds the place of what is loading. */
export function Skeleton({ height, width }: { height: number; width?: number | string }) {
  return <span className={styles.skeleton} style={{ height, width: width ?? "100%" }} aria-hidden="true" />;
}

/** Says that there is nothing, and what would fill it. */
export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={styles.state}>
      <h2 className={styles.title}>{title}</h2>
      {children}
    </div>
  );
}

interface ErrorStateProps {
  /** What failed: "The traces could not be read". */
  title: string;
  error: Error;
  onRetry?: () => void;
  children?: ReactNode;
}

/** Says what failed, on what, and what to do. */
export function ErrorState({ title, error, onRetry, children }: ErrorStateProps) {
  const code = error instanceof ApiError && error.status > 0 ? `${error.status} ${error.code}` : null;
  return (
    <div className={styles.state} role="alert">
      <h2 className={styles.title}>{title}</h2>
      <p className={styles.text}>
        {error.message} {code === null ? null : <code className={styles.code}>{code}</code>}
      </p>
      {children}
      {onRetry === undefined ? null : (
        <p>
          <Button onClick={onRetry}>Try again</Button>
        </p>
      )}
    </div>
  );
}

interface StaleNoticeProps {
  error: Error | null;
  onRetry: () => void;
}

/** One line over old figures whose refresh failed; nothing while all is well. */
export function StaleNotice({ error, onRetry }: StaleNoticeProps) {
  if (error === null) return null;
  return (
    <p className={styles.stale} role="status">
      <span>Not up to date: {error.message}</span>
      <Button onClick={onRetry}>Try again</Button>
    </p>
  );
}
