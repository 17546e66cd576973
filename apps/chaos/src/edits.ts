/** What outside programs did, as far as the systems told them: the one thing the checker believes beside what it reads. */
import { appendFileSync, readFileSync } from 'node:fs';
import { z } from 'zod';

export const SYSTEMS = ['bigquery', 'supabase', 'local', 'twenty'] as const;
export type System = (typeof SYSTEMS)[number];

/**
 * What a contact is for. `free`: everybody edits it at any time. `tie`: edited by two at the very same moment. `invalid`:
 * given content that no contact can have, and corrected. `twin`: given the email of another. `grave`: deleted once and left
 * alone. `phoenix`: deleted and taken back.
 */
export const POOLS = ['free', 'tie', 'invalid', 'twin', 'grave', 'phoenix'] as const;
export type Pool = (typeof POOLS)[number];

export const editSchema = z.object({
  /** In job_title and, where a client may say who edits, in last_updated_by: no two edits have the same. */
  token: z.string(),
  /** `hub`: a person's own merge of a conflict. */
  system: z.enum([...SYSTEMS, 'hub']),
  op: z.enum(['create', 'edit', 'invalid', 'delete', 'revive']),
  pool: z.enum(POOLS),
  /** `null` for one that was just created and has no id yet. */
  contact_id: z.string().nullable(),
  /** `unknown`: the system did not say that it was done; it may have been. */
  ack: z.enum(['acknowledged', 'unknown']),
  /** The rank that the system gave the edit, where it tells. */
  version: z.number().nullable(),
  last_updated: z.string().nullable(),
  /** False for a removal that leaves no trace of who did it. */
  traceable: z.boolean(),
  /** Names the edits of one forced tie. */
  tie: z.string().nullable(),
  /** Milliseconds since the Unix epoch: when it was asked for, and when the answer came. */
  asked: z.number(),
  answered: z.number(),
});
export type Edit = z.infer<typeof editSchema>;

/** What a system says of an edit: its rank. */
export interface Stamp {
  readonly version: number | null;
  readonly last_updated: string | null;
  readonly contact_id?: string;
}

type Asked = Pick<Edit, 'token' | 'system' | 'op' | 'pool' | 'contact_id'> & Partial<Pick<Edit, 'traceable' | 'tie'>>;

/** A line of JSON for each edit, written when its answer came or failed to come. */
export class AckLog {
  readonly path: string;
  #acknowledged = 0;
  #unknown = 0;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * @param run makes the edit; `null`: the system says that nothing was changed
   * @returns whether the edit was acknowledged
   */
  async write(asked: Asked, run: () => Promise<Stamp | null>): Promise<boolean> {
    const at = Date.now();
    const line = (stamp: Stamp, ack: Edit['ack']) => {
      const { token, system, op, pool, contact_id, traceable = true, tie = null } = asked;
      const { version, last_updated } = stamp;
      const edit: Edit = {
        ...{ token, system, op, pool, contact_id: stamp.contact_id ?? contact_id, ack },
        ...{ version, last_updated, traceable, tie, asked: at, answered: Date.now() },
      };
      appendFileSync(this.path, `${JSON.stringify(edit)}\n`);
    };
    try {
      const stamp = await answered(run());
      if (stamp === null) return false;
      line(stamp, 'acknowledged');
      this.#acknowledged++;
      return true;
    } catch {
      line({ version: null, last_updated: null }, 'unknown');
      this.#unknown++;
      return false;
    }
  }

  counts(): { readonly acknowledged: number; readonly unknown: number } {
    return { acknowledged: this.#acknowledged, unknown: this.#unknown };
  }
}

export const readEdits = (path: string): Edit[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => editSchema.parse(JSON.parse(line)));

const PATIENCE_MS = 15_000;

/** A client that never hears is a client that does not know. */
async function answered<T>(run: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('no answer')), PATIENCE_MS);
  try {
    return await Promise.race([run, late]);
  } finally {
    clearTimeout(timer);
  }
}
