import type { Json } from '@contact-sync/contact';

/** Text as the contact's normal form spells it; `''` for anything that is no text. */
export const text = (value: Json | undefined): string =>
  typeof value === 'string' ? value.toWellFormed().normalize('NFC').trim() : '';

/** One key of a composite field as text. */
export const subText = (value: Json | undefined, key: string): string => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return '';
  return text(Reflect.get(value, key));
};

export const subList = (value: Json | undefined, key: string): readonly Json[] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const list: unknown = Reflect.get(value, key);
  return Array.isArray(list) ? list : [];
};

/**
 * An edited list, with what Twenty cannot hold put back where it stood.
 *
 * @param spelled the system's items, each in every spelling the base has for it
 */
export function withUnheld(spelled: readonly string[], base: readonly string[], held: (item: string) => boolean) {
  const result = [...new Set(spelled)];
  base.forEach((item, index) => {
    if (!held(item) && !result.includes(item)) result.splice(index, 0, item);
  });
  return result.length === 0 ? undefined : result;
}
