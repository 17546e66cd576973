/** What came of a contact in each system, as the ledger tells it: the same however the work was done, and by whom. */
import type { ContactId } from '@contact-sync/contact';
import { TransientError } from '../errors.ts';
import { isBehind } from '../following.ts';
import type { ContactState, DeadLetter, Ledger } from '../ledger-port.ts';
import type { Parts } from '../parts.ts';
import { SYSTEMS, type System, TARGETS, type Target } from '../ports.ts';
import type { Faults } from './faults.ts';

/** What came of a contact in one system. */
export type SystemOutcome =
  | /** It got the version now. */ { readonly outcome: 'written' }
  | /** It had the version already, or made it. */ { readonly outcome: 'in_step' }
  | /** It keeps its own candidate until a person decides. */ { readonly outcome: 'conflict' }
  | {
      /** It refuses the version, or its own edit was refused: a dead letter waits for a person. */
      readonly outcome: 'rejected';
      readonly dead_letter_id: string;
      readonly code: string;
      readonly field: string | null;
      readonly reason: string;
      readonly advice: string;
    }
  | {
      /** Not there yet, or could not be looked at. The ledger knows, and whoever comes next goes on. */
      readonly outcome: 'pending';
      /** Of the fault that stands in the way; `BRAKED` for an echo storm, `TIME_UP` where nothing is known. */
      readonly code: string;
      readonly reason: string;
    };

/** What came of a contact, as the ledger has it in the end. */
export interface ContactOutcome {
  readonly contact_id: ContactId;
  /** Of the head now. */
  readonly version: number;
  readonly deleted: boolean;
  /** Set while a person has to decide. */
  readonly conflict_id: string | null;
  readonly systems: Readonly<Record<System, SystemOutcome>>;
}

/**
 * @param before what the ledger knew when the work began; `undefined`: no such contact
 * @param faults what was met on the way
 */
export async function outcomeOf(
  { ledger }: Parts,
  contactId: ContactId,
  before: ContactState | undefined,
  faults: Faults,
): Promise<ContactOutcome | null> {
  const state = (await ledger.contacts([contactId])).get(contactId);
  if (state === undefined || state.head === null) return null;
  const letters = await ledger.deadLetters({ contact_ids: [contactId] });
  const { head, conflict } = state;
  const known = new Map(faults);
  for (const target of TARGETS)
    if (!known.has(target) && isBehind(head, state.held[target]) && (await isBraked(ledger, target, contactId)))
      known.set(target, BRAKED);
  const of = (system: System) => systemOutcome({ ...state, head }, before, system, letters, known);
  return {
    contact_id: contactId,
    version: head.version,
    deleted: head.content === null,
    conflict_id: conflict?.conflict_id ?? null,
    // One entry for each of SYSTEMS.
    systems: Object.fromEntries(SYSTEMS.map((system) => [system, of(system)])) as Record<System, SystemOutcome>,
  };
}

const BRAKED = new TransientError('BRAKED', 'it gains versions too fast, and is sent once a minute');

/** Behind, and held back by nothing but the brake. */
async function isBraked(ledger: Ledger, target: Target, contactId: ContactId): Promise<boolean> {
  const counted = async (braked: boolean) => (await ledger.deliverable(target, [contactId], 0, braked)).length;
  return (await counted(true)) > (await counted(false));
}

/** A contact that the ledger knows. */
export type Headed = ContactState & { readonly head: NonNullable<ContactState['head']> };

function systemOutcome(
  state: Headed,
  before: ContactState | undefined,
  system: System,
  letters: readonly DeadLetter[],
  faults: Faults,
): SystemOutcome {
  const letter = letters.find((one) => one.system === system);
  if (letter !== undefined) {
    const { dead_letter_id, code, field, reason, advice } = letter;
    return { outcome: 'rejected', dead_letter_id, code, field, reason, advice };
  }
  if (system !== 'bigquery' && state.conflict !== null) return { outcome: 'conflict' };
  const fault = faults.get(system);
  if (fault !== undefined) return { outcome: 'pending', code: fault.code, reason: fault.message };
  if (isMissing(state, system)) {
    // Nobody is told before BigQuery.
    const { code, message } = faults.get('bigquery') ?? { code: 'TIME_UP', message: 'still on its way' };
    return { outcome: 'pending', code, reason: message };
  }
  return { outcome: isNew(state, before, system) ? 'written' : 'in_step' };
}

const known = ({ head, versions }: Headed) =>
  versions.find(({ version, content_hash }) => version === head.version && content_hash === head.content_hash);

function isMissing(state: Headed, system: System): boolean {
  if (system === 'bigquery') return known(state)?.appended !== true;
  return known(state)?.appended !== true || isBehind(state.head, state.held[system]);
}

/** Whoever made the version had it before. */
function isNew(state: Headed, before: ContactState | undefined, system: System): boolean {
  if (known(state)?.source === system) return false;
  if (system === 'bigquery') return before?.head?.version !== state.head.version;
  const held = before?.held[system];
  return before === undefined || isBehind(state.head, held);
}
