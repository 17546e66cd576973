import type { Page, PageQuery } from '@contact-sync/sync';

const PAGE = 500;

/** The first items of a list, however many pages they are on. `next`: there are more. */
export async function firstOf<Item>(
  limit: number,
  list: (page: PageQuery) => Promise<Page<Item>>,
): Promise<Page<Item>> {
  const items: Item[] = [];
  let next: string | null = null;
  do {
    const page: Page<Item> = await list({
      limit: Math.min(PAGE, limit - items.length),
      ...(next === null ? {} : { after: next }),
    });
    items.push(...page.items);
    next = page.next;
  } while (next !== null && items.length < limit);
  return { items, next };
}
