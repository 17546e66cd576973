/** A small world in which every promise is kept, to be spoilt one way at a time. */
import type { Content } from '@contact-sync/contact';
import type { HistoryRow, LedgerVersion, World } from '../src/checker/world.ts';
import { type Edit, SYSTEMS } from '../src/edits.ts';

export type Spoilable = { -readonly [Key in keyof World]: World[Key] };

const at = (second: number): string => `2026-05-01T10:00:${String(second).padStart(2, '0')}.000000Z`;

export function editOf(edit: Partial<Edit> & Pick<Edit, 'token'>): Edit {
  return {
    system: 'local',
    op: 'edit',
    pool: 'free',
    contact_id: '1',
    ack: 'acknowledged',
    version: null,
    last_updated: null,
    traceable: true,
    tie: null,
    asked: 0,
    answered: 0,
    ...edit,
  };
}

/** A version as the ledger has it, and its row in BigQuery. */
export function versionOf(
  version: Partial<LedgerVersion> & Pick<LedgerVersion, 'contact_id' | 'version'>,
): readonly [LedgerVersion, HistoryRow] {
  const full: LedgerVersion = {
    content_hash: `hash ${version.contact_id} ${version.version} ${version.job_title}`,
    status: 'accepted',
    last_updated: at(version.version),
    last_updated_by: version.job_title ?? 'somebody',
    source: 'local',
    deleted: false,
    job_title: null,
    fields: version.job_title ? { job_title: JSON.stringify(version.job_title) } : {},
    committed_at: version.version,
    ...version,
  };
  return [full, { ...full, change_id: `${full.contact_id}:${full.version}:${full.content_hash}`, by_hub: true }];
}

/** Contact 1 was made and edited, contact 2 made, edited by two at once and decided, contact 3 deleted. */
export function soundWorld(): Spoilable {
  const made = [
    versionOf({ contact_id: '1', version: 1, job_title: 't1' }),
    versionOf({ contact_id: '1', version: 2, job_title: 't2', source: 'twenty', last_updated_by: 'Sample User' }),
    versionOf({ contact_id: '2', version: 1, job_title: 't3' }),
    versionOf({ contact_id: '2', version: 2, job_title: 't4' }),
    versionOf({
      contact_id: '2',
      version: 2,
      job_title: 't5',
      source: 'supabase',
      status: 'superseded',
      committed_at: 4,
    }),
    versionOf({
      contact_id: '2',
      version: 3,
      job_title: 't4',
      source: null,
      last_updated_by: 'operator',
      committed_at: 4,
    }),
    versionOf({ contact_id: '3', version: 1, job_title: 't6' }),
    versionOf({ contact_id: '3', version: 2, deleted: true, last_updated_by: 't7' }),
  ];
  const content = (job_title: string): Content => ({ canonical_name: 'A', job_title });
  const shown = () =>
    new Map([
      ['1', content('t2')],
      ['2', content('t4')],
    ]);
  const standing = () =>
    new Map([
      ['1', { version: 2, last_updated: at(2), deleted: false }],
      ['2', { version: 3, last_updated: at(3), deleted: false }],
      ['3', { version: 2, last_updated: at(2), deleted: true }],
    ]);
  const world: Spoilable = {
    edits: [
      editOf({ token: 't1', op: 'create', contact_id: null }),
      editOf({ token: 't2', system: 'twenty' }),
      editOf({ token: 't3', op: 'create', contact_id: null }),
      editOf({ token: 't4', contact_id: '2', pool: 'tie', tie: 'tie', version: 2, last_updated: at(2) }),
      editOf({
        token: 't5',
        contact_id: '2',
        pool: 'tie',
        tie: 'tie',
        version: 2,
        last_updated: at(2),
        system: 'supabase',
      }),
      editOf({ token: 't6', op: 'create', contact_id: null }),
      editOf({ token: 't7', op: 'delete', pool: 'grave', contact_id: '3', version: 2, last_updated: at(2) }),
    ],
    shown: { bigquery: shown(), supabase: shown(), local: shown(), twenty: shown() },
    equal: (system, id, reference) =>
      world.shown[system].get(id)?.job_title === world.shown[reference].get(id)?.job_title,
    history: made.map(([, row]) => row),
    told: new Map([['2-2', false]]),
    versions: made.map(([version]) => version),
    conflicts: [
      {
        conflict_id: '2-2',
        contact_id: '2',
        version: 2,
        last_updated: at(2),
        status: 'resolved',
        candidates: [
          { job_title: 't4', last_updated_by: 't4' },
          { job_title: 't5', last_updated_by: 't5' },
        ],
        closed_at: 3,
      },
    ],
    letters: [],
    kept: [],
    living: new Set(['1', '2']),
    delivered: new Map(SYSTEMS.flatMap((system) => [[`${system} 1`, 2] as const, [`${system} 2`, 3] as const])),
    standing: { local: standing(), supabase: standing() },
    pending: { 'deliveries behind': 0 },
    heard: new Set(['t2']),
    falls: [],
    leaks: [],
  };
  return world;
}
