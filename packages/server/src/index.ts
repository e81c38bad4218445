export { startServer, type RunningServer } from "./main/start-server.ts";
