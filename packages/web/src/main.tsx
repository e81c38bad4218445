import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createQueryClient } from "./api/query-client.ts";
import { App, loadAllPages } from "./app.tsx";
import "./tokens.css";
import "./base.css";

const root = document.getElementById("root");
if (root === null) throw new Error("cannot show the pages: index.html has no element #root");
createRoot(root).render(
  <StrictMode>
    <App queryClient={createQueryClient()} />
  </StrictMode>,
);

const SETTLED_MS = 1_500;
// A page that cannot be loaded now is loaded when it is opened, and says then what is wrong.
setTimeout(() => void loadAllPages().catch(() => undefined), SETTLED_MS);
