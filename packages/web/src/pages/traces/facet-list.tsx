import type { TraceFacets } from "@spanlight/contract";
import ChevronDown from "lucide-react/icons/chevron-down";
import X from "lucide-react/icons/x";
import { useState } from "react";
import { StatusDot } from "../../components/core/badge.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import { formatCount } from "../../lib/format.ts";
import type { FilterName, Filters } from "../../lib/view.ts";
import styles from "./facet-list.module.css";

type Facet = TraceFacets["facets"][number];

interface FacetListProps {
  /** Null while they load for the first time. */
  facets: Pick<TraceFacets, "facets"> | null;
  filters: Filters;
  stale: boolean;
  onToggle: (name: FilterName, value: string) => void;
}

const titles: Record<Facet["name"], string> = {
  status: "Status",
  service: "Service",
  endpoint: "Endpoint",
  provider: "Provider",
  model: "Model",
  operation: "Operation",
  errorType: "Error",
  prompt: "Prompt",
};
const order: readonly Facet["name"][] = [
  "status",
  "service",
  "endpoint",
  "model",
  "provider",
  "errorType",
  "prompt",
  "operation",
];
const FEW = 6;

/** Values to narrow the list by, with the number of traces behind each as a bar. */
export function FacetList({ facets, filters, stale, onToggle }: FacetListProps) {
  const [isOpen, setIsOpen] = useState(false);
  const listed = order.flatMap((name) => {
    const facet = facets?.facets.find((candidate) => candidate.name === name);
    return facet === undefined || facet.values.length === 0 ? [] : [facet];
  });
  const active = Object.keys(filters).length;
  return (
    <aside className={joinClasses(styles.facets, stale && styles.stale)} aria-label="Filters">
      <button
        type="button"
        className={styles.toggle}
        aria-expanded={isOpen}
        onClick={() => setIsOpen((before) => !before)}
      >
        Filters{active === 0 ? "" : ` (${active})`}
        <ChevronDown
          size={15}
          strokeWidth={1.5}
          aria-hidden="true"
          className={joinClasses(isOpen && styles.up)}
        />
      </button>
      <div className={joinClasses(styles.groups, isOpen && styles.open)}>
        {facets === null
          ? ["a", "b", "c"].map((key) => <Skeleton key={key} height={110} />)
          : listed.map((facet) => (
              <FacetGroup key={facet.name} facet={facet} chosen={filters[facet.name]} onToggle={onToggle} />
            ))}
      </div>
    </aside>
  );
}

interface FacetGroupProps {
  facet: Facet;
  chosen: string | undefined;
  onToggle: (name: FilterName, value: string) => void;
}

function FacetGroup({ facet, chosen, onToggle }: FacetGroupProps) {
  const [showsAll, setShowsAll] = useState(false);
  const highest = Math.max(1, ...facet.values.map(({ count }) => count));
  const values = showsAll ? facet.values : facet.values.slice(0, FEW);
  const hidden = facet.values.length - values.length;
  return (
    <section className={styles.group} aria-label={titles[facet.name]}>
      <h2 className={styles.title}>{titles[facet.name]}</h2>
      <ul>
        {values.map(({ value, count }) => (
          <li key={value}>
            <button
              type="button"
              className={joinClasses(styles.value, value === chosen && styles.chosen)}
              aria-pressed={value === chosen}
              title={value}
              onClick={() => onToggle(facet.name, value)}
            >
              <span
                className={styles.bar}
                style={{ width: `${(count / highest) * 100}%` }}
                aria-hidden="true"
              />
              {facet.name === "status" ? <StatusDot tone={value === "error" ? "bad" : "ok"} /> : null}
              <span className={styles.name}>{value}</span>
              <span className={styles.count}>{formatCount(count)}</span>
              {value === chosen ? <X size={13} strokeWidth={1.75} aria-hidden="true" /> : null}
            </button>
          </li>
        ))}
      </ul>
      {hidden > 0 ? (
        <button type="button" className={styles.more} onClick={() => setShowsAll(true)}>
          {hidden} more
        </button>
      ) : null}
    </section>
  );
}
