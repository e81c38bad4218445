import type { RuleLoad } from "@spanlight/contract";
import { Link } from "wouter";
import styles from "./alerts.module.css";

/** Says which rule files are wrong, where, and what goes on meanwhile; nothing while all is well. */
export function LoadProblems({ load }: { load: RuleLoad }) {
  if (load.ok) return null;
  return (
    <div className={styles.problems} role="alert">
      <p>
        A rule file is wrong and was not taken. The rules it had before stay in operation; after a restart
        there is no before.
      </p>
      <ul>
        {load.problems.slice(0, 10).map((problem) => (
          <li key={`${problem.file} ${problem.line} ${problem.column} ${problem.message}`}>
            {problem.fileId === null ? (
              problem.file
            ) : (
              <Link href={`/alerts/files?file=${encodeURIComponent(problem.fileId)}`}>{problem.file}</Link>
            )}
            {problem.line > 0 ? `:${problem.line}:${problem.column}` : ""} {problem.message}
          </li>
        ))}
      </ul>
    </div>
  );
}
