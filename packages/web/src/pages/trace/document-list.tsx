import type { RetrievedDocument } from "@spanlight/contract";
import { LongText } from "../../components/trace/code-block.tsx";
import { prettyJson } from "../../lib/pretty-json.ts";
import styles from "./document-list.module.css";

/** What a retrieval found, in its order, with scores as bars against the highest. */
export function DocumentList({ documents }: { documents: RetrievedDocument[] }) {
  const highest = Math.max(0, ...documents.map(({ score }) => score ?? 0));
  return (
    <ol className={styles.documents}>
      {documents.map((document, i) => {
        const { id, content, score, ...rest } = document;
        return (
          <li key={i} className={styles.document}>
            <header className={styles.head}>
              <span className={styles.rank}>{i + 1}</span>
              <code className={styles.id}>{id ?? "without an id"}</code>
              {score === undefined ? null : (
                <span className={styles.score} title={`score ${score}`}>
                  <span className={styles.track} aria-hidden="true">
                    <span
                      className={styles.bar}
                      style={{ width: `${highest <= 0 ? 0 : Math.max(0, score / highest) * 100}%` }}
                    />
                  </span>
                  {Number(score.toPrecision(3))}
                </span>
              )}
            </header>
            {content === undefined || content === "" ? null : <LongText text={content} />}
            {Object.keys(rest).length === 0 ? null : <LongText code text={prettyJson(rest)} />}
          </li>
        );
      })}
    </ol>
  );
}
