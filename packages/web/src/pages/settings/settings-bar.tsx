import { Link, useLocation } from "wouter";
import { SETTINGS_PARTS } from "../../components/frame/pages.ts";
import { TopBar } from "../../components/frame/top-bar.tsx";
import { useView } from "../../lib/use-view.ts";
import { addressOf, sharedView } from "../../lib/view.ts";
import styles from "./settings-bar.module.css";

/** The top bar of settings: its parts stand beside the title. */
export function SettingsBar() {
  const [path] = useLocation();
  const { view } = useView();
  const open = SETTINGS_PARTS.find((part) => part.path === path) ?? null;
  return (
    <TopBar title={open?.name ?? "Settings and ingest"} heading={<Heading />}>
      <nav className={styles.parts} aria-label="Settings and ingest">
        {SETTINGS_PARTS.map((part) => (
          <Link
            key={part.path}
            href={addressOf(part.path, sharedView(view))}
            className={styles.part}
            aria-current={part === open ? "page" : undefined}
          >
            {part.name}
          </Link>
        ))}
      </nav>
    </TopBar>
  );
}

/** On a phone the parts say where one is. */
function Heading() {
  return <span className={styles.heading}>Settings and ingest</span>;
}
