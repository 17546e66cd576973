import type { Hub } from '@contact-sync/hub';
import { coalesced, createReceiver, drain, faultFields, type System } from '@contact-sync/sync';
import { type RequestHandler, Router, raw } from 'express';

export interface Webhooks {
  readonly router: Router;
  /** Lets the reading of edits that a webhook asked for end. */
  stop(): Promise<void>;
}

/** Of a person with all that is known; Twenty's own limit is lower. */
const MAX_BODY = '10mb';

/**
 * @param wake told that a system changed, where somebody reads its edits in this process; without it they are read here
 */
export function webhooks(hub: Hub, wake: ((system: System) => void) | undefined): Webhooks {
  const { parts } = hub;
  // The signature is over the very bytes: nothing may parse them before.
  const body = raw({ type: () => true, limit: MAX_BODY });
  const reading = coalesced(async () => {
    try {
      await drain(parts, 'supabase');
    } catch (error) {
      parts.log.warn(faultFields(error), 'cannot read what a webhook told of: the next poll will');
    }
  });
  const wakeSupabase = wake === undefined ? reading.request : () => wake('supabase');

  const receiver = createReceiver(parts, 'twenty');
  const twenty: RequestHandler = async (request, response) => {
    const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const change = hub.twenty.parseWebhook({ rawBody, headers: request.headers, now: parts.ambient.now() });
    // Twenty tells once and never again: 200 only when the edit is safe.
    await receiver.receive(change);
    response.status(200).json({ received: true });
  };
  const supabase: RequestHandler = (request, response) => {
    hub.supabase.verifyWebhook(request.headers);
    wakeSupabase();
    response.status(202).json({ received: true });
  };
  return {
    router: Router().post('/twenty', body, twenty).post('/supabase', body, supabase),
    stop: reading.stop,
  };
}
