import type { Project } from "@spanlight/contract";
import { useState, type FormEvent } from "react";
import { useCreateProject, useProjects } from "../../api/use-keys.ts";
import { Button } from "../../components/core/button.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import { plural } from "../../lib/format.ts";
import { formatMoment } from "../../lib/instant.ts";
import { useNow } from "../../lib/use-now.ts";
import { KeyFormEnd, KeyNameField } from "./key-form-parts.tsx";
import styles from "./keys.module.css";
import { MadeKey } from "./new-key-form.tsx";

/** The projects of the server, for who administers it; nothing for anybody else. */
export function ProjectsPanel() {
  const projects = useProjects();
  const [isMaking, setIsMaking] = useState(false);
  if (projects.data === undefined) return null;
  return (
    <Panel
      title="Projects"
      aside={isMaking ? undefined : <Button onClick={() => setIsMaking(true)}>New project…</Button>}
    >
      {isMaking ? <NewProjectForm onClose={() => setIsMaking(false)} /> : null}
      <p className={styles.empty}>
        What is sent with a project’s keys is seen with its keys alone: traces, logs, metrics, scores, keys
        and audit log. Rules, prices and retention are those of the whole server.
      </p>
      <ul className={styles.list}>
        {projects.data.items.map((project) => (
          <ProjectRow key={project.name} project={project} />
        ))}
      </ul>
    </Panel>
  );
}

function ProjectRow({ project: { name, createdAt, keysInForce } }: { project: Project }) {
  const nowMs = useNow();
  const made =
    createdAt === null ? "there from the start" : `made ${formatMoment(Date.parse(createdAt), nowMs)}`;
  return (
    <li className={styles.row}>
      <div>
        <p className={styles.name}>{name}</p>
        <p className={styles.note}>
          {made} · {keysInForce === 0 ? "no key in force" : `${plural(keysInForce, "key")} in force`}
        </p>
      </div>
    </li>
  );
}

/** Makes a project with a key that may do everything in it, and shows the key, this once. */
function NewProjectForm({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const making = useCreateProject();
  const isWrong = !/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isWrong) making.mutate({ name, keyName: "first key" });
  };
  if (making.data !== undefined) return <MadeKey made={making.data.key} onClose={onClose} />;
  return (
    <form className={joinClasses(styles.form, styles.newKey)} onSubmit={submit} aria-label="New project">
      <KeyNameField value={name} placeholder="shop" maxLength={63} onChange={setName} />
      <p className={styles.note}>
        {isWrong && name !== ""
          ? "A name is lower-case letters, digits, “.”, “_” and “-”, and begins with a letter or a digit."
          : "It comes with a key that may send, read and administer in it: sign in with that key to see the project and make its other keys."}
      </p>
      <KeyFormEnd
        label="Make the project"
        isDisabled={isWrong || making.isPending}
        error={making.error}
        onCancel={onClose}
      />
    </form>
  );
}
