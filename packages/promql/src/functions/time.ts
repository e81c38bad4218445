const DAY_MS = 86_400_000;

type DatePart = (date: Date) => number;

const PARTS: Readonly<Record<string, DatePart>> = {
  year: (date) => date.getUTCFullYear(),
  month: (date) => date.getUTCMonth() + 1,
  day_of_month: (date) => date.getUTCDate(),
  day_of_week: (date) => date.getUTCDay(),
  hour: (date) => date.getUTCHours(),
  minute: (date) => date.getUTCMinutes(),
  day_of_year: (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS) + 1,
  days_in_month: (date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
};

/** The calendar function by that name, of seconds since the epoch (UTC), or null. */
export function findDatePart(name: string): ((seconds: number) => number) | null {
  const part = PARTS[name];
  if (part === undefined) return null;
  return (seconds) => part(new Date(Math.trunc(seconds) * 1000));
}
