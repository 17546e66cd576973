const DAY = /^\d{4}-\d{2}-\d{2}(?![\d-])/;

/**
 * True for what is written like an ISO 8601 day or time, but is none: `2024-02-30`, `2024-05-01T25:00`. Everything else
 * passes for text in somebody's own words.
 */
export function isNoSuchDate(text: string): boolean {
  const [day] = DAY.exec(text) ?? [];
  if (day === undefined) return false;
  const isTime = /^T\d/.test(text.slice(day.length));
  return !(isTime ? isDay(text.replace(/Z$/, '')) : isDay(day));
}

/** A day, perhaps with a time and an offset. */
function isDay(text: string): boolean {
  try {
    Temporal.PlainDateTime.from(text);
    return true;
  } catch {
    return false;
  }
}
