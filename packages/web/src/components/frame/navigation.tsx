import Search from "lucide-react/icons/search";
import { Link, useLocation } from "wouter";
import { joinClasses } from "../../lib/class-names.ts";
import { useView } from "../../lib/use-view.ts";
import { addressOf, sharedView } from "../../lib/view.ts";
import styles from "./navigation.module.css";
import { isPageOpen, PAGES, SETTINGS_PAGE, type PageEntry } from "./pages.ts";
import { SignedIn } from "./sign-out.tsx";

function Mark() {
  return (
    <svg width="18" height="16" viewBox="0 0 18 16" aria-hidden="true">
      <rect x="8" y="1.5" width="9" height="3" rx="1" fill="var(--tool)" />
      <rect x="4" y="6.5" width="9" height="3" rx="1" fill="var(--model)" />
      <rect x="1" y="11.5" width="6" height="3" rx="1" fill="var(--own)" />
    </svg>
  );
}

function PageLink({ page, name = page.name }: { page: PageEntry; name?: string }) {
  const [path] = useLocation();
  const { view } = useView();
  const open = isPageOpen(page, path);
  const Icon = page.icon;
  return (
    <Link
      href={addressOf(page.path, sharedView(view))}
      className={joinClasses(styles.link, open && styles.open)}
      aria-current={open ? "page" : undefined}
    >
      <Icon size={16} strokeWidth={1.5} aria-hidden="true" />
      <span>{name}</span>
    </Link>
  );
}

/** Pages at the left side; on a phone they stand in the bar at the bottom. */
export function Navigation({ onGoTo }: { onGoTo: () => void }) {
  return (
    <>
      <nav className={styles.side} aria-label="Pages">
        <Link href="/" className={styles.brand}>
          <Mark />
          <span>Spanlight</span>
        </Link>
        {PAGES.map((page) => (
          <PageLink key={page.path} page={page} />
        ))}
        <span className={styles.rest} />
        <PageLink page={SETTINGS_PAGE} />
        <SignedIn />
      </nav>
      <nav className={styles.bottom} aria-label="Pages">
        {PAGES.map((page) => (
          <PageLink key={page.path} page={page} />
        ))}
        <button type="button" className={styles.link} onClick={onGoTo}>
          <Search size={16} strokeWidth={1.5} aria-hidden="true" />
          <span>Go to</span>
        </button>
        <PageLink page={SETTINGS_PAGE} name="Settings" />
      </nav>
    </>
  );
}
