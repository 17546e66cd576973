import { tally } from './replay.ts';
import { count, SYSTEM_NAMES, type System } from './words.ts';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const plain = (word: unknown): string => String(word).replaceAll('_', ' ');

/** What an action came to, in a few words; nothing where its result has no form that is known here. */
export function summaryOf(result: unknown): string {
  if (!isRecord(result)) return '';
  const { results, systems, version } = result;
  if (Array.isArray(results)) {
    const known = results.filter(isRecord).map((one) => ({ result: plain(one.result) }));
    return [...tally(known)].map(([word, many]) => `${count(many)} ${word}`).join(', ');
  }
  if (isRecord(systems)) {
    return Object.entries(systems)
      .map(([system, one]) => `${nameOf(system)}: ${isRecord(one) ? plain(one.outcome) : 'nothing'}`)
      .join(', ');
  }
  if (isRecord(result.drift) && typeof result.scanned === 'number') {
    const found = Object.values(result.drift).reduce<number>((sum, many) => sum + Number(many), 0);
    return `${count(found)} of ${count(result.scanned)} drifted`;
  }
  if (typeof version !== 'number') return '';
  return result.result === 'unchanged' ? `Version ${version} says the same already` : `Version ${version}`;
}

const nameOf = (system: string): string => SYSTEM_NAMES[system as System] ?? system;
