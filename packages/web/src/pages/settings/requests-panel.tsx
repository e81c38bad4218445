import type { RequestTimes, Server } from "@spanlight/contract";
import ArrowDown from "lucide-react/icons/arrow-down";
import ArrowUp from "lucide-react/icons/arrow-up";
import { Fragment } from "react";
import { Panel } from "../../components/core/panel.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import { formatCount, formatDuration } from "../../lib/format.ts";
import { useParameter } from "../../lib/use-view.ts";
import { DurationFigure } from "./figures.tsx";
import {
  directionOf,
  isOfKind,
  KIND_NAMES,
  KINDS,
  readOrder,
  sortRequests,
  turnTo,
  writeOrder,
  type Order,
  type ShownKind,
  type SortColumn,
} from "./request-order.ts";
import styles from "./server.module.css";

const COLUMNS: readonly { column: SortColumn; name: string; hint?: string; isWide?: boolean }[] = [
  { column: "route", name: "Request" },
  { column: "count", name: "Count" },
  { column: "failed", name: "Failed", hint: "Answered with 5xx" },
  { column: "refused", name: "Refused", hint: "Answered with 4xx", isWide: true },
  { column: "p50Ms", name: "p50", isWide: true },
  { column: "p95Ms", name: "p95" },
  { column: "p99Ms", name: "p99" },
  { column: "maxMs", name: "Longest", isWide: true },
];

/** How long requests of each route take, the slowest first unless sorted otherwise. */
export function RequestsPanel({ server }: { server: Server | null }) {
  const [kindText, setKind] = useParameter("kind");
  const kind = KINDS.find((one) => one === kindText) ?? "all";
  return (
    <Panel
      title="Query times"
      aside={
        server === null ? undefined : (
          <KindSwitch
            requests={server.requests}
            kind={kind}
            onPick={(one) => setKind(one === "all" ? undefined : one, { replace: true })}
          />
        )
      }
    >
      {server === null ? (
        <div className={styles.loading}>
          <Skeleton height={240} />
        </div>
      ) : (
        <RequestTable
          requests={server.requests.filter((request) => isOfKind(request, kind))}
          emptyText={`No request ${kind === "all" ? "" : `of the kind “${KIND_NAMES[kind]}” `}in the last ${formatDuration(server.windowMs)}.`}
        />
      )}
      {server === null || server.requests.length === 0 ? null : (
        <p className={styles.note}>
          Requests of the last {formatDuration(server.windowMs)}.
          {server.requests.some((request) => isOfKind(request, "wait"))
            ? " Answers that are held back until there is something new stand last."
            : null}
        </p>
      )}
    </Panel>
  );
}

interface KindSwitchProps {
  requests: readonly RequestTimes[];
  kind: ShownKind;
  onPick: (kind: ShownKind) => void;
}

function KindSwitch({ requests, kind, onPick }: KindSwitchProps) {
  const countOf = (one: ShownKind): number => requests.filter((request) => isOfKind(request, one)).length;
  return (
    <div className={styles.filter} role="group" aria-label="Kind of request">
      {KINDS.filter((one) => one === kind || countOf(one) > 0).map((one) => (
        <button key={one} type="button" aria-pressed={one === kind} onClick={() => onPick(one)}>
          {KIND_NAMES[one]} {countOf(one)}
        </button>
      ))}
    </div>
  );
}

function RequestTable({ requests, emptyText }: { requests: readonly RequestTimes[]; emptyText: string }) {
  const [orderText, setOrder] = useParameter("sort");
  const order = readOrder(orderText);
  if (requests.length === 0) return <p className={styles.empty}>{emptyText}</p>;
  return (
    <div className={styles.scroll}>
      <table className={styles.requests}>
        <thead>
          <tr>
            {COLUMNS.map(({ column, name, hint, isWide }) => (
              <th
                key={column}
                scope="col"
                title={hint}
                className={joinClasses(isWide === true && styles.wide)}
                aria-sort={column === order.column ? directionOf(order) : undefined}
              >
                <SortButton
                  name={name}
                  order={column === order.column ? order : null}
                  onSort={() => setOrder(writeOrder(turnTo(order, column)), { replace: true })}
                />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sortRequests(requests, order).map((request) => (
            <RequestRow key={`${request.method} ${request.route}`} request={request} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface SortButtonProps {
  name: string;
  /** Null where the table is sorted by another column. */
  order: Order | null;
  onSort: () => void;
}

function SortButton({ name, order, onSort }: SortButtonProps) {
  const Arrow = order !== null && directionOf(order) === "ascending" ? ArrowUp : ArrowDown;
  return (
    <button
      type="button"
      className={joinClasses(styles.sort, order !== null && styles.sorted)}
      onClick={onSort}
    >
      {name}
      <Arrow size={12} strokeWidth={1.75} aria-hidden="true" />
    </button>
  );
}

/** A path that breaks between its parts where it must. */
function Route({ path }: { path: string }) {
  return path.split(/(?=\/)/).map((part, index) => (
    <Fragment key={`${index}${part}`}>
      {index === 0 ? null : <wbr />}
      {part}
    </Fragment>
  ));
}

function RequestRow({ request }: { request: RequestTimes }) {
  const { method, route, kind, count, failed, refused, abandoned } = request;
  const went =
    abandoned === 0 ? null : `${formatCount(abandoned)} of them went away before the answer was out`;
  return (
    <tr className={joinClasses(kind === "wait" && styles.heldBack)}>
      <th scope="row">
        <code>
          <span className={styles.unit}>{method}</span> <Route path={route} />
        </code>{" "}
        <span className={styles.kind}>{KIND_NAMES[kind]}</span>
      </th>
      <td title={went ?? undefined}>
        {abandoned === 0 ? null : (
          <span className={joinClasses(styles.unit, styles.wide)}>({formatCount(abandoned)} gave up) </span>
        )}
        {formatCount(count)}
      </td>
      <td className={joinClasses(failed > 0 && styles.wrong)}>{formatCount(failed)}</td>
      <td className={styles.wide}>{formatCount(refused)}</td>
      <td className={styles.wide}>
        <DurationFigure durationMs={request.p50Ms} />
      </td>
      <td>
        <DurationFigure durationMs={request.p95Ms} />
      </td>
      <td>
        <DurationFigure durationMs={request.p99Ms} />
      </td>
      <td className={styles.wide}>
        <DurationFigure durationMs={request.maxMs} />
      </td>
    </tr>
  );
}
