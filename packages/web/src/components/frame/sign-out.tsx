import LogOut from "lucide-react/icons/log-out";
import { useEffect } from "react";
import { useSession } from "../../api/use-session.ts";
import { Button } from "../core/button.tsx";
import styles from "./sign-out.module.css";

/** Goes back to a page as it was before signing out, kept by the browser with all it showed, ask the server again. */
function useReloadOnReturn(): void {
  useEffect(() => {
    const onPageShow = (event: PageTransitionEvent) => {
      if (event.persisted) window.location.reload();
    };
    addEventListener("pageshow", onPageShow);
    return () => removeEventListener("pageshow", onPageShow);
  }, []);
}

/** Ends the session of this browser by a form, as the server's own sign-in does, and leads to the page that asks for a key. */
export function SignOutButton({ look }: { look: "navigation" | "plain" }) {
  useReloadOnReturn();
  return (
    <form method="post" action="/logout" className={styles.form}>
      {look === "plain" ? (
        <Button type="submit">Sign out</Button>
      ) : (
        <button type="submit" className={styles.entry}>
          <LogOut size={16} strokeWidth={1.5} aria-hidden="true" />
          <span>Sign out</span>
        </button>
      )}
    </form>
  );
}

/** Who is signed in, below the list of pages; nothing without a session. */
export function SignedIn() {
  const session = useSession();
  if (session === null) return null;
  const { keyId, keyName, project } = session;
  return (
    <div className={styles.signedIn} role="group" aria-label="Signed in">
      <p className={styles.who} title={`Signed in with the key ${keyId}`}>
        <span className={styles.key}>{keyName === "" ? keyId : keyName}</span>
        <span className={styles.project}>project {project}</span>
      </p>
      <SignOutButton look="navigation" />
    </div>
  );
}
