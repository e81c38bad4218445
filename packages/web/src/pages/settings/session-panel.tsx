import { useSession } from "../../api/use-session.ts";
import { Badge } from "../../components/core/badge.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { SignOutButton } from "../../components/frame/sign-out.tsx";
import styles from "./settings.module.css";

/** With which key this browser is signed in, and the way out; nothing without a session. */
export function SessionPanel() {
  const session = useSession();
  if (session === null) return null;
  const { keyId, keyName, project, scopes } = session;
  return (
    <Panel title="Signed in" aside={<SignOutButton look="plain" />}>
      <dl className={styles.facts}>
        <dt>Key</dt>
        <dd className={styles.key}>
          {keyName === "" ? keyId : keyName}{" "}
          {scopes.map((scope) => (
            <Badge key={scope}>{scope}</Badge>
          ))}
        </dd>
        <dt>Project</dt>
        <dd>{project}</dd>
      </dl>
    </Panel>
  );
}
