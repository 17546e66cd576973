import type { Answer, Asking } from '@contact-sync/api';

/** A conflict as the server tells it. */
export type ConflictDetail = Answer<'conflict'>;
/** One side of a conflict: a candidate by its place (0 is the canonical one), or what both began with. */
export type Side = number | 'base';
/** The side taken for each field; a field that is missing is not decided yet. */
export type Picks = Readonly<Record<string, Side>>;
/** What is sent to resolve a conflict. */
export type Choice = Asking<'resolve'>['body'];

/** The sides from left to right, which is the order of the keys 1, 2, 3 … */
export function sidesOf({ conflict, base }: ConflictDetail): readonly Side[] {
  const candidates: readonly Side[] = conflict.candidates.map((_, index) => index);
  return base?.content ? [...candidates, 'base'] : candidates;
}

/** What a side is called. */
export function sideName({ conflict }: ConflictDetail, side: Side): string {
  if (side === 'base') return 'Common base';
  if (side === 0) return 'Canonical';
  return conflict.candidates.length > 2 ? `Incoming ${side}` : 'Incoming';
}

/** Whether sides can be mixed field by field: a deletion has no fields to take or to add to. */
export const canMix = ({ conflict }: ConflictDetail): boolean =>
  conflict.candidates.every(({ content }) => content !== null);

/** The fields to be decided over. */
export const undecided = (detail: ConflictDetail, picks: Picks): readonly string[] =>
  detail.fields.filter(({ field, differs }) => differs && picks[field] === undefined).map(({ field }) => field);

/** Takes one side for every field that differs. */
export const takeAll = (detail: ConflictDetail, side: Side): Picks =>
  Object.fromEntries(detail.fields.filter(({ differs }) => differs).map(({ field }) => [field, side]));

/** The side that all picks agree on, where they do. */
export function wholeSide(detail: ConflictDetail, picks: Picks): Side | null {
  const differing = detail.fields.filter(({ differs }) => differs).map(({ field }) => picks[field]);
  const first = differing[0];
  return first !== undefined && differing.every((side) => side === first) ? first : null;
}

/**
 * What is sent for the picks: a candidate where all are of one, so that it is taken as it is, deletion or not; else, of
 * each field that is not the canonical one's, whose value it takes.
 */
export function choiceOf(detail: ConflictDetail, picks: Picks): Choice {
  const { candidates } = detail.conflict;
  const whole = wholeSide(detail, picks);
  const hash = (side: Side) => (side === 'base' ? 'base' : (candidates[side]?.content_hash ?? 'base'));
  if (typeof whole === 'number') return { candidate: hash(whole) };
  const taken = Object.entries(picks).filter(([, side]) => side !== 0);
  return { fields: Object.fromEntries(taken.map(([field, side]) => [field, hash(side)])) };
}

/** One field of what would come of it. */
export interface OutcomeField {
  readonly field: string;
  readonly value: unknown;
  /** Differs from the canonical candidate. */
  readonly changes: boolean;
}

/** What would come of the picks, field by field; `null` is a deletion. */
export function outcomeOf(detail: ConflictDetail, picks: Picks): readonly OutcomeField[] | null {
  const whole = wholeSide(detail, picks);
  if (typeof whole === 'number' && detail.conflict.candidates[whole]?.content === null) return null;
  return detail.fields.map(({ field, base, values }) => {
    const side = picks[field] ?? 0;
    const value = side === 'base' ? base : values[side];
    return { field, value: value ?? null, changes: JSON.stringify(value) !== JSON.stringify(values[0]) };
  });
}

/** The sides that can be taken: what both began with only where fields can be mixed. */
export const pickable = (detail: ConflictDetail): readonly Side[] =>
  sidesOf(detail).filter((side) => side !== 'base' || canMix(detail));
