import { Menu } from "@base-ui/react/menu";
import Check from "lucide-react/icons/check";
import styles from "./picker.module.css";

export interface PickerOption {
  value: string;
  name: string;
  /** Stands at the right, such as a count. */
  note?: string;
}

interface PickerProps {
  /** What is picked, in front of the value: "Service". */
  label: string;
  value: string;
  options: PickerOption[];
  onPick: (value: string) => void;
  onOpenChange?: (open: boolean) => void;
  /** Stands in the menu when there is nothing to pick. */
  emptyNote?: string;
}

/** A control of the top bar that shows its value and opens a menu of others. */
export function Picker({ label, value, options, onPick, onOpenChange, emptyNote }: PickerProps) {
  const name = options.find((option) => option.value === value)?.name ?? value;
  return (
    <Menu.Root modal={false} {...(onOpenChange === undefined ? {} : { onOpenChange })}>
      <Menu.Trigger className={styles.trigger}>
        <span className={styles.label}>{label}</span> <span className={styles.value}>{name}</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className={styles.positioner} sideOffset={4} align="start" collisionPadding={8}>
          <Menu.Popup className={styles.popup} aria-label={label}>
            <Menu.RadioGroup value={value} onValueChange={onPick}>
              {options.map((option) => (
                <Menu.RadioItem key={option.value} value={option.value} className={styles.item} closeOnClick>
                  <span className={styles.check}>
                    <Menu.RadioItemIndicator>
                      <Check size={14} strokeWidth={1.75} aria-hidden="true" />
                    </Menu.RadioItemIndicator>
                  </span>
                  <span className={styles.name}>{option.name}</span>
                  <span className={styles.note}>{option.note}</span>
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
            {emptyNote === undefined ? null : <p className={styles.empty}>{emptyNote}</p>}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
