import { joinClasses } from "../../lib/class-names.ts";
import { isFollowing } from "../../lib/refresh.ts";
import { DEFAULT_RANGE } from "../../lib/time-range.ts";
import { useView } from "../../lib/use-view.ts";
import styles from "./live-switch.module.css";

/** Follows the clock or stands still. A fixed range stands still; switching live on leaves it for one that ends now. */
export function LiveSwitch() {
  const { view, changeView } = useView();
  const on = isFollowing(view);
  return (
    <button
      type="button"
      className={styles.switch}
      aria-pressed={on}
      title={on ? "Following: new data appear by themselves" : "Standing still"}
      onClick={() => {
        if (on) changeView({ live: false }, { replace: true });
        else if (view.range.kind === "last") changeView({ live: true }, { replace: true });
        else changeView({ live: true, range: DEFAULT_RANGE });
      }}
    >
      <span className={joinClasses(styles.dot, on && styles.on)} />
      Live
    </button>
  );
}
