import type { Prices, RepeatedCalls, UnpricedModels } from "@spanlight/contract";
import { useState } from "react";
import { Link } from "wouter";
import { UNPRICED_DAYS, usePrices, useUnpricedModels } from "../../api/use-costs.ts";
import { Button } from "../../components/core/button.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { formatCompact, formatCount, plural } from "../../lib/format.ts";
import { formatMoment } from "../../lib/instant.ts";
import { useNow } from "../../lib/use-now.ts";
import {
  countUnpriced,
  describeList,
  describeOwnPrices,
  describeRepeated,
  nameModel,
  warnOfAge,
} from "./price-words.ts";
import styles from "./costs.module.css";

/** What calls are priced by, which have no price, and which are billed once though they were reported twice. */
export function CostsPanel({ repeatedCalls }: { repeatedCalls: RepeatedCalls | null }) {
  const prices = usePrices();
  const unpriced = useUnpricedModels();
  const error = prices.error ?? unpriced.error;
  if (prices.data === undefined || unpriced.data === undefined) {
    return (
      <Panel title="Costs">
        <div className={styles.loading}>
          {error === null ? <Skeleton height={84} /> : <p role="alert">{error.message}</p>}
        </div>
      </Panel>
    );
  }
  return (
    <Panel title="Costs">
      <dl className={styles.facts}>
        <PriceFacts prices={prices.data} />
        {repeatedCalls === null ? null : <RepeatedFacts calls={repeatedCalls} />}
        <dt>Without a price</dt>
        <dd>
          {unpriced.data.items.length === 0
            ? `no call of the last ${UNPRICED_DAYS} days`
            : `${plural(countUnpriced(unpriced.data), "call")} of the last ${UNPRICED_DAYS} days have no cost and are in no sum`}
        </dd>
      </dl>
      {unpriced.data.items.length === 0 ? null : <UnpricedTable models={unpriced.data} />}
    </Panel>
  );
}

function PriceFacts({ prices: { list, custom } }: { prices: Prices }) {
  const warning = warnOfAge(list);
  return (
    <>
      <dt>Price list</dt>
      <dd>
        {describeList(list)}
        {warning === null ? null : <span className={styles.warning}> {warning}</span>}
      </dd>
      <dt>Your own prices</dt>
      <dd>{describeOwnPrices(custom)}</dd>
    </>
  );
}

function RepeatedFacts({ calls }: { calls: RepeatedCalls }) {
  const nowMs = useNow();
  const lines = describeRepeated(calls);
  return (
    <>
      <dt>Reported twice</dt>
      <dd>
        {lines.length === 0 ? "no call" : null}
        {lines.map((line) => (
          <div key={line}>{line}</div>
        ))}
        {calls.lastLaterAt === null ? null : (
          <span className={styles.quiet}>
            last taken off {formatMoment(Date.parse(calls.lastLaterAt), nowMs)}
          </span>
        )}
      </dd>
    </>
  );
}

const SHOWN = 8;

function UnpricedTable({ models }: { models: UnpricedModels }) {
  const [isWhole, setIsWhole] = useState(false);
  const shown = isWhole ? models.items : models.items.slice(0, SHOWN);
  return (
    <>
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Model without a price</th>
              <th scope="col">Calls</th>
              <th scope="col">Tokens</th>
              <th scope="col">Last</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((model) => (
              <UnpricedRow
                key={`${model.provider} ${model.requestModel} ${model.responseModel} ${model.serviceTier}`}
                model={model}
              />
            ))}
          </tbody>
        </table>
      </div>
      {shown.length === models.items.length ? null : (
        <p className={styles.hint}>
          <Button onClick={() => setIsWhole(true)}>
            Show the {formatCount(models.items.length - shown.length)} others
          </Button>
        </p>
      )}
      <p className={styles.hint}>
        Give them a price under <code>prices</code> in spanlight.yaml or by{" "}
        <code>PUT /api/prices/custom/ID</code>, then{" "}
        <code>npx spanlight reprice --from {UNPRICED_DAYS}d</code> works out what is stored.
      </p>
    </>
  );
}

function UnpricedRow({ model }: { model: UnpricedModels["items"][number] }) {
  const nowMs = useNow();
  const { provider, serviceTier, requests, inputTokens, outputTokens, lastSeen, example } = model;
  const facts = [provider, serviceTier === "" ? "" : `tier ${serviceTier}`].filter((fact) => fact !== "");
  return (
    <tr>
      <th scope="row">
        <Link href={`/traces/${example.traceId}?span=${example.spanId}`}>{nameModel(model)}</Link>{" "}
        <span className={styles.quiet}>{facts.join(" · ")}</span>
      </th>
      <td>{formatCount(requests)}</td>
      <td>
        {formatCompact(inputTokens)} → {formatCompact(outputTokens)}
      </td>
      <td>{formatMoment(Date.parse(lastSeen), nowMs)}</td>
    </tr>
  );
}
