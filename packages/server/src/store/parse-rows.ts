/** Rows of the engine's JSONEachRow text. */
export function parseRows<Row>(text: string): Row[] {
  // The border where the engine's text becomes rows: their shape is the SQL's, which golden files and tests hold.
  return JSON.parse(`[${text.trimEnd().replaceAll("\n", ",")}]`) as Row[];
}
