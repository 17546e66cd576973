import { type Hub, inNotification } from '@contact-sync/hub';
import { coalesced, createReceiver, drain, faultFields, type System } from '@contact-sync/sync';
import { type RequestHandler, Router, raw } from 'express';
import { paced } from './paced.ts';
import { Refusal } from './problem.ts';
import { rememberReplays } from './replays.ts';

export interface Webhooks {
  readonly router: Router;
  /** Lets the reading of edits that a webhook asked for end. */
  stop(): Promise<void>;
}

/** Of a person with all that is known; Twenty's own limit is lower. */
const MAX_BODY = '10mb';
/** Twice what the adapter allows a timestamp to be off: one from the future passes for so long. */
const REPLAY_MS = 600_000;
/** Who has overheard the secret of Supabase's webhooks, which are not signed, can wake no oftener than this. */
const WAKE_MS = 200;

/**
 * @param wake told that a system changed, where somebody reads its edits in this process; without it they are read here
 */
export function webhooks(hub: Hub, wake: ((system: System) => void) | undefined): Webhooks {
  const { parts } = hub;
  // The signature is over the very bytes: nothing may parse or inflate them before.
  const body = raw({ type: () => true, limit: MAX_BODY, inflate: false });
  const reading = coalesced(async () => {
    try {
      await drain(parts, 'supabase');
    } catch (error) {
      parts.log.warn(faultFields(error), 'cannot read what a webhook told of: the next poll will');
    }
  });
  const waking = paced(wake === undefined ? reading.request : () => wake('supabase'), WAKE_MS);

  const replays = rememberReplays(REPLAY_MS);
  const receiver = createReceiver(parts, 'twenty');
  const twenty: RequestHandler = async (request, response) => {
    const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const change = hub.twenty.parseWebhook({ rawBody, headers: request.headers, now: parts.ambient.now() });
    // Twenty signs each call anew, also one that it makes twice: the very same is somebody else's.
    const signature = request.get('x-twenty-webhook-signature') ?? '';
    if (replays.known(signature, parts.ambient.now()))
      throw new Refusal(409, 'WEBHOOK_REPLAYED', 'this very call was taken over before');
    // Twenty tells once and never again: 200 only when the edit is safe.
    await inNotification('twenty', 1, () => receiver.receive(change));
    replays.taken(signature, parts.ambient.now());
    response.status(200).json({ received: true });
  };
  // Its body is never read: nothing in it is signed, and the edit itself lies in the outbox.
  const supabase: RequestHandler = (request, response) => {
    hub.supabase.verifyWebhook(request.headers);
    waking.request();
    response.status(202).json({ received: true });
  };
  const router = Router();
  router.route('/twenty').post(body, twenty).all(postOnly);
  router.route('/supabase').post(supabase).all(postOnly);
  return {
    router,
    stop() {
      waking.stop();
      return reading.stop();
    },
  };
}

const postOnly: RequestHandler = () => {
  throw new Refusal(405, 'POST_ONLY', 'webhooks are posted', { headers: { Allow: 'POST' } });
};
