import { Button } from "../../components/core/button.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { chooseTheme, useThemeChoice, type ThemeChoice } from "../../components/frame/theme.ts";
import styles from "./settings.module.css";

const themeNames: Record<ThemeChoice, string> = { system: "As the system", light: "Light", dark: "Dark" };

/** Light or dark, for this browser. */
export function Appearance() {
  const chosen = useThemeChoice();
  return (
    <Panel title="Appearance">
      <div className={styles.choices} role="group" aria-label="Colours">
        {(Object.keys(themeNames) as ThemeChoice[]).map((choice) => (
          <Button key={choice} aria-pressed={choice === chosen} onClick={() => chooseTheme(choice)}>
            {themeNames[choice]}
          </Button>
        ))}
      </div>
    </Panel>
  );
}
