import { useState } from "react";
import { usePickers } from "../../api/use-pickers.ts";
import { AGAINST_NAMES, type Against } from "../../lib/time-range.ts";
import { useView } from "../../lib/use-view.ts";
import { Picker, type PickerOption } from "../core/picker.tsx";

const ALL = "";

/** Picks the service or the environment; what there is to pick is asked for when the menu opens. */
export function GroupPicker({ label, name }: { label: string; name: "service" | "environment" }) {
  const { view, changeFilters } = useView();
  const [opened, setOpened] = useState(false);
  const chosen = view.filters[name] ?? ALL;
  const pickers = usePickers(view, opened);
  const known = (name === "service" ? pickers.data?.services : pickers.data?.environments) ?? [];
  const values = chosen === ALL || known.includes(chosen) ? known : [...known, chosen];
  const options: PickerOption[] = [
    { value: ALL, name: "All" },
    ...values.map((value) => ({ value, name: value })),
  ];
  const emptyNote = pickers.isPending ? "Loading …" : `No ${name} in this range`;
  return (
    <Picker
      label={label}
      value={chosen}
      options={options}
      onPick={(value) => changeFilters({ [name]: value === ALL ? undefined : value })}
      onOpenChange={(open) => setOpened((before) => before || open)}
      {...(known.length === 0 && opened ? { emptyNote } : {})}
    />
  );
}

const againstOptions: PickerOption[] = Object.entries(AGAINST_NAMES).map(([value, name]) => ({
  value,
  name,
}));

/** Picks what the figures are compared with. */
export function AgainstPicker() {
  const { view, changeView } = useView();
  return (
    <Picker
      label="against"
      value={view.against}
      options={againstOptions}
      onPick={(value) => changeView({ against: value as Against })}
    />
  );
}
