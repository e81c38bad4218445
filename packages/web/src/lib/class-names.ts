/** Joins class names, leaving out what is absent or false. */
export function joinClasses(...names: (string | false | undefined)[]): string {
  return names.filter((name) => typeof name === "string" && name !== "").join(" ");
}
