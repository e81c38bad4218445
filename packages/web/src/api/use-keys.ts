import type {
  ApiKey,
  ApiKeyChange,
  ApiKeyList,
  AuditList,
  CreatedApiKey,
  CreatedProject,
  NewApiKey,
  NewProject,
  ProjectList,
} from "@spanlight/contract";
import {
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import { getJson, sendJson } from "./request.ts";

const REFRESH_MS = 10_000;

/** Whoever may not read it is not asked to try again and again: each refusal is counted. */
const refetchInterval = ({ state }: { state: { error: Error | null } }) =>
  state.error === null ? REFRESH_MS : false;

/** The keys of the project: needs the scope admin. */
export function useKeys(): UseQueryResult<ApiKeyList> {
  return useQuery({
    queryKey: ["keys"],
    refetchInterval,
    queryFn: ({ signal }) => getJson<ApiKeyList>("/api/keys", {}, signal),
  });
}

/** The projects of the server: for administrators of the project `default`; anybody else is answered 403 or 404. */
export function useProjects(): UseQueryResult<ProjectList> {
  return useQuery({
    queryKey: ["projects"],
    refetchInterval,
    retry: false,
    queryFn: ({ signal }) => getJson<ProjectList>("/api/projects", {}, signal),
  });
}

/** The last changes, the newest first: needs the scope admin. */
export function useAudit(limit: number): UseQueryResult<AuditList> {
  return useQuery({
    queryKey: ["audit", limit],
    refetchInterval,
    queryFn: ({ signal }) => getJson<AuditList>("/api/audit", { limit }, signal),
  });
}

/** Something that is changed; keys, the audit log and what came with them are read again afterwards. */
function useChange<Input, Output>(
  change: (input: Input) => Promise<Output>,
): UseMutationResult<Output, Error, Input> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () =>
      Promise.all(
        [["keys"], ["projects"], ["audit"], ["ingest"]].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      ),
  });
}

/** What the form sends: the server puts in what is left out. */
export type WantedKey = Partial<NewApiKey> & Pick<NewApiKey, "scopes">;

export function useCreateKey(): UseMutationResult<CreatedApiKey, Error, WantedKey> {
  return useChange((wanted) => sendJson<CreatedApiKey>("POST", "/api/keys", wanted));
}

export function useCreateProject(): UseMutationResult<
  CreatedProject,
  Error,
  Partial<NewProject> & Pick<NewProject, "name">
> {
  return useChange((wanted) => sendJson<CreatedProject>("POST", "/api/projects", wanted));
}

export function useChangeKey(): UseMutationResult<ApiKey, Error, { id: string; change: ApiKeyChange }> {
  return useChange(({ id, change }) =>
    sendJson<ApiKey>("PATCH", `/api/keys/${encodeURIComponent(id)}`, change),
  );
}

export function useRevokeKey(): UseMutationResult<unknown, Error, string> {
  return useChange((id) => sendJson("DELETE", `/api/keys/${encodeURIComponent(id)}`));
}
