import { useWindowEvent } from '@mantine/hooks';
import type { RefObject } from 'react';

interface ChoiceKeys {
  readonly active: boolean;
  /** Around the rows, each with `data-field` and its radios. */
  readonly table: RefObject<HTMLElement | null>;
  /** By the place of a side, from 0; for the field that has the focus, else for all. */
  readonly pick: (field: string | null, place: number) => void;
  readonly confirm: () => void;
  readonly help: () => void;
}

/** The keys of the conflict's table. None acts while somebody types, nor together with Control, Alt or Meta. */
export function useChoiceKeys({ active, table, pick, confirm, help }: ChoiceKeys): void {
  useWindowEvent('keydown', (event) => {
    if (!active || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (isTyping(target)) return;
    const row = target.closest<HTMLElement>('[data-field]');
    if (/^[1-9]$/.test(event.key)) pick(row?.dataset.field ?? null, Number(event.key) - 1);
    else if (event.key === 'j' || (event.key === 'ArrowDown' && isOurs(target))) move(table.current, row, 1);
    else if (event.key === 'k' || (event.key === 'ArrowUp' && isOurs(target))) move(table.current, row, -1);
    else if (event.key === '?') help();
    // On a button or link, Enter is that button's.
    else if (event.key === 'Enter' && !target.closest('button, a, [role="menuitem"]')) confirm();
    else return;
    event.preventDefault();
  });
}

function isTyping(target: Element): boolean {
  if (target instanceof HTMLInputElement) return !['radio', 'checkbox', 'button', 'submit'].includes(target.type);
  return target.closest('textarea, select, [contenteditable="true"], [role="dialog"]') !== null;
}

/** Arrows move rows from a row or from nowhere; elsewhere they scroll or belong to another control. */
const isOurs = (target: Element): boolean => target === document.body || target.closest('[data-field], main') !== null;

function move(table: HTMLElement | null, row: HTMLElement | null, by: number): void {
  const rows = [...(table?.querySelectorAll<HTMLElement>('[data-field]') ?? [])].filter((one) =>
    one.querySelector('input[type="radio"]'),
  );
  const at = row === null ? -1 : rows.indexOf(row);
  const next = rows[Math.min(rows.length - 1, Math.max(0, at === -1 && by < 0 ? rows.length - 1 : at + by))];
  const radio =
    next?.querySelector<HTMLElement>('input[type="radio"]:checked') ?? next?.querySelector('input[type="radio"]');
  if (radio instanceof HTMLElement) radio.focus();
}
