import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { EmptyState } from "./components/core/states.tsx";
import { ButtonLink } from "./components/core/button.tsx";
import { Frame } from "./components/frame/frame.tsx";
import { PageBoundary } from "./components/frame/page-boundary.tsx";
import { TopBar } from "./components/frame/top-bar.tsx";

const loadHome = () => import("./pages/home/home-page.tsx");
const loadTraces = () => import("./pages/traces/traces-page.tsx");
const loadTrace = () => import("./pages/trace/trace-page.tsx");
const loadAlerts = () => import("./pages/alerts/alerts-page.tsx");
const loadRule = () => import("./pages/alerts/rule-page.tsx");
const loadRuleFiles = () => import("./pages/alerts/rule-files-page.tsx");
const loadSettings = () => import("./pages/settings/settings-page.tsx");
const loadIngest = () => import("./pages/settings/ingest-page.tsx");

const HomePage = lazy(() => loadHome().then((module) => ({ default: module.HomePage })));
const TracesPage = lazy(() => loadTraces().then((module) => ({ default: module.TracesPage })));
const TracePage = lazy(() => loadTrace().then((module) => ({ default: module.TracePage })));
const AlertsPage = lazy(() => loadAlerts().then((module) => ({ default: module.AlertsPage })));
const RulePage = lazy(() => loadRule().then((module) => ({ default: module.RulePage })));
const RuleFilesPage = lazy(() => loadRuleFiles().then((module) => ({ default: module.RuleFilesPage })));
const IngestPage = lazy(() => loadIngest().then((module) => ({ default: module.IngestPage })));

const SettingsPage = lazy(() => loadSettings().then((module) => ({ default: module.SettingsPage })));

/** Loads the other pages once the first one stands, so that going to one is immediate. */
export async function loadAllPages(): Promise<void> {
  await Promise.all([
    loadHome(),
    loadTraces(),
    loadTrace(),
    loadAlerts(),
    loadRule(),
    loadRuleFiles(),
    loadIngest(),
    loadSettings(),
  ]);
}

/** The pages, each loaded when it is first opened. */
export function App({ queryClient }: { queryClient: QueryClient }) {
  return (
    <QueryClientProvider client={queryClient}>
      <Frame>
        <Pages />
      </Frame>
    </QueryClientProvider>
  );
}

/** What people type or what is left when they cut an address, and the page that is meant. */
const shortenedAddresses = [
  ["/ingest", "/settings/ingest"],
  ["/alerts/rules", "/alerts"],
] as const;

function Pages() {
  const [path] = useLocation();
  return (
    <PageBoundary key={path}>
      <Suspense>
        <Switch>
          <Route path="/" component={HomePage} />
          <Route path="/traces" component={TracesPage} />
          <Route path="/traces/:traceId">
            {({ traceId }) => <TracePage key={traceId} traceId={traceId} />}
          </Route>
          <Route path="/alerts" component={AlertsPage} />
          <Route path="/alerts/files" component={RuleFilesPage} />
          <Route path="/alerts/rules/:ruleId">
            {({ ruleId }) => <RulePage key={ruleId} ruleId={decodeURIComponent(ruleId)} />}
          </Route>
          <Route path="/settings" component={SettingsPage} />
          <Route path="/settings/ingest" component={IngestPage} />
          {shortenedAddresses.map(([shortened, page]) => (
            <Route key={shortened} path={shortened}>
              <Redirect to={page} replace />
            </Route>
          ))}
          <Route component={NoSuchPage} />
        </Switch>
      </Suspense>
    </PageBoundary>
  );
}

function NoSuchPage() {
  return (
    <>
      <TopBar title="No such page" />
      <EmptyState title="There is no page at this address">
        <p>
          <ButtonLink href="/">Go to Home</ButtonLink>
        </p>
      </EmptyState>
    </>
  );
}
