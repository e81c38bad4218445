import { checkIdentifier } from "./parameters.ts";

/** A ClickHouse server, or one node of a cluster. */
export interface StoreAddress {
  /** Origin of its HTTP interface, without name and password. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly database: string;
  /** Name of the cluster as the servers' `remote_servers` has it; undefined = one server. */
  readonly cluster: string | undefined;
}

/** Reads `http(s)://user:password@host:8123/database?cluster=name`. Throws TypeError, QueryFailedError for names that are none. */
export function parseStoreAddress(text: string): StoreAddress {
  const { protocol, host, username, password, pathname, searchParams } = new URL(text);
  const cluster = searchParams.get("cluster") ?? undefined;
  return {
    url: `${protocol}//${host}`,
    username: decodeURIComponent(username) || "default",
    password: decodeURIComponent(password),
    database: checkIdentifier(pathname.slice(1) || "spanlight"),
    cluster: cluster === undefined ? undefined : checkIdentifier(cluster),
  };
}
