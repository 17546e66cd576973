/** Ascending by code unit, as systems and the ledger order ids (of those within the Basic Multilingual Plane, by bytes too). */
export const byText = (a: string, b: string): number => Number(a > b) - Number(a < b);

/** What no text in a database can hold (NUL, half a surrogate pair) becomes U+FFFD on its way there. */
export const storable = (text: string): string =>
  text.isWellFormed() && !text.includes('\0') ? text : text.toWellFormed().replaceAll('\0', '\ufffd');
