import { createHash } from 'node:crypto';
import { canonicalJson, plainJson } from '@contact-sync/contact';
import { PermanentError, SyncError, TransientError } from '../errors.ts';
import type { ActionKind, Actor, OperatorLedger } from './port.ts';

/** Who asks for an action, and what makes a repetition of the request the same action. */
export interface Asker extends Actor {
  /** Under one key an action happens once, and answers the same each time; `null`: each request is one of its own. */
  readonly key: string | null;
}

/** What is to be done. */
export interface Task<Result> {
  readonly kind: ActionKind;
  /** `contact:<id>`, `conflict:<id>`, `dead-letter:<id>`, `system:<name>`. */
  readonly subjects: readonly string[];
  readonly reason?: string;
  /** Everything that was asked for, as JSON, what it is about among it: under one key it must be the same. */
  readonly asked: unknown;
  /** Does it. What it answers is kept: ids, codes and counts, nothing of a contact. */
  run(): Promise<Result>;
}

/**
 * Does something that is recorded: who, when, what and what came of it. The record is made before anything is done, so that
 * a crash leaves one that was never ended, and not a deed without a record.
 *
 * @returns what {@link Task.run} answers, now or when it was done under this key before
 * @throws {PermanentError} `KEY_REUSED` when the key was used for something else
 * @throws {TransientError} `ACTION_RUNNING` while it is being done under this key
 */
export async function performed<Result>(
  records: OperatorLedger,
  { by, via, key }: Asker,
  task: Task<Result>,
): Promise<Result> {
  const begun = await records.beginAction({
    kind: task.kind,
    by,
    via,
    subjects: task.subjects,
    reason: task.reason ?? null,
    key,
    digest: createHash('sha256')
      .update(canonicalJson(plainJson([task.kind, task.asked])))
      .digest('hex'),
  });
  switch (begun.state) {
    case 'done':
      // Kept under the same digest, and so by the same kind of task.
      return begun.result as Result;
    case 'running':
      throw new TransientError('ACTION_RUNNING', 'this very action is being carried out');
    case 'mismatch':
      throw new PermanentError('KEY_REUSED', 'the idempotency key was used for something else', {
        advice: 'Use a new key for each action, and the same one only to repeat it.',
      });
    case 'begun':
  }
  const result = await ran(records, begun.action_id, task);
  // If that fails, what was done is told as never ended, and not as failed.
  await records.endAction(begun.action_id, 'done', result);
  return result;
}

async function ran<Result>(records: OperatorLedger, actionId: string, task: Task<Result>): Promise<Result> {
  try {
    return await task.run();
  } catch (error) {
    const code = error instanceof SyncError ? error.code : 'UNEXPECTED_ERROR';
    // What went wrong is what the caller has to hear; a ledger that is away leaves the record open.
    await records.endAction(actionId, 'failed', { code }).catch(() => undefined);
    throw error;
  }
}
