import { useIngest } from "../../api/use-ingest.ts";
import { SnippetList } from "../../components/connect/connect-state.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { Appearance } from "./appearance.tsx";
import { AuditPanel } from "./audit-panel.tsx";
import { CostsPanel } from "./costs-panel.tsx";
import { KeysPanel } from "./keys-panel.tsx";
import { ProjectsPanel } from "./projects-panel.tsx";
import { SessionPanel } from "./session-panel.tsx";
import { SettingsBar } from "./settings-bar.tsx";
import styles from "./settings.module.css";

/** Who may send, read and administer, what calls are priced by, how to make an application send here, and who changed what. */
export function SettingsPage() {
  const ingest = useIngest();
  return (
    <>
      <SettingsBar />
      <main id="content" className={styles.page}>
        <SessionPanel />
        <KeysPanel />
        <ProjectsPanel />
        <CostsPanel repeatedCalls={ingest.data?.repeatedCalls ?? null} />
        <Panel title="Send to this server">
          <div className={styles.snippets}>
            <SnippetList />
          </div>
        </Panel>
        <Appearance />
        <AuditPanel />
      </main>
    </>
  );
}
