import type { Page, PageQuery } from '@contact-sync/sync';

/** Everything of a list, page by page, until it says that it ends. */
export async function toTheEnd<Item>(
  page: (query: PageQuery) => Promise<Page<Item>>,
  limit: number,
): Promise<readonly Item[]> {
  const all: Item[] = [];
  for (let after: string | null = null, pages = 0; ; pages++) {
    if (pages > 100) throw new Error('the list does not end');
    const { items, next }: Page<Item> = await page({ limit, ...(after !== null && { after }) });
    if (items.length > limit) throw new Error('a page is larger than was asked for');
    all.push(...items);
    if (next === null) return all;
    after = next;
  }
}

/** What nobody was handed as the place where a page begins. */
export const NO_PLACES: readonly string[] = [
  '',
  'x',
  '\0',
  '\ud800',
  'bnVsbA',
  ...[[], [1], ['9'.repeat(30)], ['2026-02-31T00:00:00+00:00', 'x', 'y'], ['x\0', '1'], ['a', 'b'], [null, null]].map(
    (place) => Buffer.from(JSON.stringify(place)).toString('base64url'),
  ),
  'A'.repeat(100_000),
];
