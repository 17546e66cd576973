import { faultFields, type Log } from '@contact-sync/sync';

/** Something that closes, and what it is called in the log. */
export interface Closing {
  readonly name: string;
  close(): Promise<void>;
}

/**
 * Closes one after the other; what fails or takes longer than `each_ms` is logged and left behind, since a program that
 * ends must end.
 */
export async function closeInOrder(log: Log, closings: readonly Closing[], each_ms: number): Promise<void> {
  for (const { name, close } of closings) {
    const { promise: late, resolve } = Promise.withResolvers<'late'>();
    const timer = setTimeout(resolve, each_ms, 'late');
    try {
      const ended = await Promise.race([close(), late]);
      if (ended === 'late') log.warn({ part: name, after_ms: each_ms }, 'does not close: left behind');
    } catch (error) {
      log.warn({ part: name, ...faultFields(error) }, 'failed while closing');
    } finally {
      clearTimeout(timer);
    }
  }
}
