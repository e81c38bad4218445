import type { Session } from "@spanlight/contract";
import { useQuery } from "@tanstack/react-query";
import { getJson } from "./request.ts";

/** With which key this browser is signed in; null without a session, and until the server has said so. */
export function useSession(): Session["session"] {
  const query = useQuery({
    queryKey: ["session"],
    staleTime: Infinity,
    queryFn: ({ signal }) => getJson<Session>("/api/session", {}, signal),
  });
  return query.data?.session ?? null;
}
