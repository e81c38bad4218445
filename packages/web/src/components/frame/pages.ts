import Bell from "lucide-react/icons/bell";
import ChartGantt from "lucide-react/icons/chart-gantt";
import House from "lucide-react/icons/house";
import Settings from "lucide-react/icons/settings";
import type { LucideIcon } from "lucide-react/types";

export interface PageEntry {
  path: string;
  name: string;
  icon: LucideIcon;
  /** Other words it is found by. */
  words: string;
}

/** The pages of the navigation. */
export const PAGES: readonly PageEntry[] = [
  { path: "/", name: "Home", icon: House, words: "overview latency cost errors" },
  { path: "/traces", name: "Traces", icon: ChartGantt, words: "list search spans" },
  { path: "/alerts", name: "Alerts", icon: Bell, words: "rules firing pending silences back-test receivers" },
];

export const SETTINGS_PAGE: PageEntry = {
  path: "/settings/ingest",
  name: "Settings and ingest",
  icon: Settings,
  words: "accounting received stored rejected connect",
};

/** True when `path` lies under the page. */
export function isPageOpen(page: PageEntry, path: string): boolean {
  return page.path === "/" ? path === "/" : path === page.path || path.startsWith(`${page.path}/`);
}
