import { Tabs } from "@base-ui/react/tabs";
import X from "lucide-react/icons/x";
import { useSpan } from "../../api/use-span.ts";
import { Badge } from "../../components/core/badge.tsx";
import { Button } from "../../components/core/button.tsx";
import { CopyButton } from "../../components/core/copy-button.tsx";
import { ErrorState, Skeleton } from "../../components/core/states.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import { formatName } from "../../lib/format.ts";
import { colourOf, WORK_KIND_NAMES, workKindOf } from "../../lib/span-kind.ts";
import type { SpanNode } from "../../lib/span-tree.ts";
import { useParameter } from "../../lib/use-view.ts";
import { SpanFacts } from "./span-facts.tsx";
import styles from "./span-detail.module.css";
import { listTabs, TabContent } from "./span-tabs.tsx";

interface SpanDetailProps {
  traceId: string;
  node: SpanNode;
  /** False for a trace so large that what was said comes span by span. */
  contentIncluded: boolean;
  /** False for a trace so large that it came in outline: attributes and the like come span by span too. */
  detailIncluded: boolean;
  /** The address names this span; otherwise it is only the one to begin with. */
  isAsked: boolean;
  onClose: () => void;
}

/** The chosen span: what it is, what it cost, what was said. On a phone it lies over the waterfall. */
export function SpanDetail(props: SpanDetailProps) {
  const { traceId, node, contentIncluded, detailIncluded, isAsked, onClose } = props;
  const needsContent = !detailIncluded || (!contentIncluded && node.span.hasContent);
  const loaded = useSpan(traceId, node.span.spanId, needsContent);
  const span = needsContent ? (loaded.data ?? node.span) : node.span;
  const kind = workKindOf(span);
  const tabs = listTabs(span);
  const [asked, setTab] = useParameter("tab");
  const first = tabs[0]?.id ?? "attributes";
  const tab = tabs.some(({ id }) => id === asked) && asked !== null ? asked : first;
  return (
    <aside
      className={joinClasses(styles.detail, isAsked && styles.asked)}
      aria-label={`Span ${formatName(span.name)}`}
    >
      <header className={styles.header}>
        <span className={styles.kind} style={{ background: colourOf(kind) }} title={WORK_KIND_NAMES[kind]} />
        <h2 className={styles.title}>{formatName(span.name)}</h2>
        {span.provider === null ? null : (
          <span className={styles.provider}>
            <Badge>{span.provider}</Badge>
          </span>
        )}
        <span className={styles.rest} />
        <code className={styles.id}>{span.spanId}</code>
        <CopyButton text={span.spanId} label="span id" />
        <span className={styles.close}>
          <Button look="icon" aria-label="Close" onClick={onClose}>
            <X size={15} strokeWidth={1.5} aria-hidden="true" />
          </Button>
        </span>
      </header>
      <SpanFacts span={span} startMs={node.startMs} />
      <Tabs.Root
        value={tab}
        onValueChange={(value: string) => setTab(value === first ? undefined : value, { replace: true })}
      >
        <Tabs.List className={styles.tabs} activateOnFocus>
          {tabs.map(({ id, name, count }) => (
            <Tabs.Tab key={id} value={id} className={styles.tab}>
              {name} {count === null ? null : <span className={styles.count}>{count}</span>}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ id }) => (
          <Tabs.Panel key={id} value={id} className={styles.panel}>
            {needsContent && loaded.data === undefined && id !== "attributes" ? (
              loaded.error === null ? (
                <Skeleton height={160} />
              ) : (
                <ErrorState
                  title="What was said in this span could not be read"
                  error={loaded.error}
                  onRetry={() => void loaded.refetch()}
                />
              )
            ) : (
              <TabContent id={id} span={span} />
            )}
          </Tabs.Panel>
        ))}
      </Tabs.Root>
    </aside>
  );
}
