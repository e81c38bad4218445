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
  /** Of which path everything belongs to it, where that is not its own. */
  root?: string;
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
  words: "settings accounting received stored rejected lag disk queue query times retention server health",
  root: "/settings",
};

/** The parts of the page of settings, as its own links name them. */
export const SETTINGS_PARTS: readonly PageEntry[] = [
  { ...SETTINGS_PAGE, name: "Ingest and server" },
  {
    path: "/settings",
    name: "Keys and settings",
    icon: Settings,
    words: "projects prices costs connect send appearance colours theme audit log sign out",
  },
];

/** True when `path` lies under the page. */
export function isPageOpen(page: PageEntry, path: string): boolean {
  const root = page.root ?? page.path;
  return root === "/" ? path === "/" : path === root || path.startsWith(`${root}/`);
}
