import type { RuleFileList } from "@spanlight/contract";
import { Link } from "wouter";
import { useRuleFile, useRuleFiles } from "../../api/use-alerts.ts";
import { StatusDot } from "../../components/core/badge.tsx";
import { Button } from "../../components/core/button.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { ErrorState, Skeleton } from "../../components/core/states.tsx";
import { TopBar } from "../../components/frame/top-bar.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import { useParameter } from "../../lib/use-view.ts";
import styles from "./alerts.module.css";
import { RuleEditor } from "./rule-editor.tsx";

/** The rule files, and an editor that checks as one types. */
export function RuleFilesPage() {
  const files = useRuleFiles();
  const [fileId, setFileId] = useParameter("file");
  return (
    <>
      <TopBar
        title="Alert rules"
        heading={
          <>
            <Link href="/alerts">Alerts</Link>
            <span className={styles.note}> / </span>Rule files
          </>
        }
        aside={<Button onClick={() => setFileId("new")}>New file</Button>}
      />
      <main id="content" className={styles.page}>
        {files.data === undefined ? (
          files.error === null ? (
            <Skeleton height={200} />
          ) : (
            <ErrorState
              title="The rule files could not be read"
              error={files.error}
              onRetry={() => void files.refetch()}
            />
          )
        ) : (
          <div className={styles.editorColumns}>
            <FileList files={files.data} chosen={fileId} onChoose={setFileId} />
            <ChosenFile fileId={fileId} directory={files.data.directory} onSaved={setFileId} />
          </div>
        )}
      </main>
    </>
  );
}

interface ChosenFileProps {
  fileId: string | null;
  directory: string;
  onSaved: (id: string, options: { replace: boolean }) => void;
}

function ChosenFile({ fileId, directory, onSaved }: ChosenFileProps) {
  const file = useRuleFile(fileId === "new" ? null : fileId);
  if (fileId === "new")
    return <RuleEditor key="new" file={null} onSaved={(saved) => onSaved(saved.id, { replace: true })} />;
  if (fileId === null) {
    return (
      <Panel title="Rule files">
        <p className={styles.empty}>
          Choose a file to read or change it. New files are kept in <code>{directory}</code>.
        </p>
      </Panel>
    );
  }
  if (file.data !== undefined) return <RuleEditor key={file.data.id} file={file.data} />;
  return file.error === null ? (
    <Skeleton height={300} />
  ) : (
    <ErrorState title="The file could not be read" error={file.error} onRetry={() => void file.refetch()} />
  );
}

interface FileListProps {
  files: RuleFileList;
  chosen: string | null;
  onChoose: (id: string) => void;
}

const originNames = {
  shipped: "comes with Spanlight",
  settings: "SPANLIGHT_RULES",
  data: "written here",
} as const;

function FileList({ files, chosen, onChoose }: FileListProps) {
  return (
    <Panel title="Files">
      {files.items.length === 0 ? <p className={styles.empty}>No rule files yet.</p> : null}
      <ul className={styles.files}>
        {files.items.map((file) => (
          <li key={file.id}>
            <button
              type="button"
              className={joinClasses(styles.file, file.id === chosen && styles.chosen)}
              aria-current={file.id === chosen ? "true" : undefined}
              onClick={() => onChoose(file.id)}
              title={file.path}
            >
              <span>
                {file.problems.some((problem) => problem.severity === "error") ? (
                  <StatusDot tone="bad" label="has mistakes" />
                ) : null}{" "}
                {file.name}
              </span>
              <span className={styles.note}>
                {originNames[file.origin]}
                {file.isWritable ? "" : ", read only"}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
