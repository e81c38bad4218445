import { useCallback, useMemo } from "react";
import { useLocation, useSearch } from "wouter";
import { readView, writeParameter, writeView, type Filters, type View } from "./view.ts";

export interface ViewControls {
  view: View;
  /** Goes to the same page with parts of the view changed; `replace` leaves no step to go back to. */
  changeView: (patch: Partial<View>, options?: { replace?: boolean }) => void;
  /** Sets filters; undefined removes one. */
  changeFilters: (patch: { [name in keyof Filters]: string | undefined }) => void;
}

/** The view that the address describes, and ways to change the address. */
export function useView(): ViewControls {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const view = useMemo(() => readView(search), [search]);
  const changeView = useCallback<ViewControls["changeView"]>(
    (patch, options) => navigate(`${path}${writeView({ ...view, ...patch }, search)}`, options),
    [navigate, path, search, view],
  );
  const changeFilters = useCallback<ViewControls["changeFilters"]>(
    (patch) => {
      const merged = { ...view.filters, ...patch };
      const filters = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
      changeView({ filters });
    },
    [changeView, view],
  );
  return { view, changeView, changeFilters };
}

/** One parameter of the address that belongs to a page alone, and a way to set it. */
export function useParameter(
  name: string,
): [string | null, (value: string | undefined, options?: { replace?: boolean }) => void] {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const value = useMemo(() => new URLSearchParams(search).get(name), [search, name]);
  const setValue = useCallback(
    (next: string | undefined, options?: { replace?: boolean }) =>
      navigate(`${path}${writeParameter(search, name, next)}`, options),
    [navigate, path, search, name],
  );
  return [value, setValue];
}
