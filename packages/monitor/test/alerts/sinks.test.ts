import type { Log } from '@contact-sync/sync';
import { HOSTILE_TEXTS } from '@contact-sync/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { bodyOf, emailSink } from '../../src/alerts/email-sink.ts';
import { logSink } from '../../src/alerts/log-sink.ts';
import { PATIENCE, Sender } from '../../src/alerts/sender.ts';
import { escaped, slackMessage } from '../../src/alerts/slack.ts';
import { waitOf, webhookSink } from '../../src/alerts/webhook-sink.ts';
import { lasting } from '../../src/alerts/words.ts';
import type { Sink, Telling } from '../../src/index.ts';
import { type MailEndpoint, openMail, openWeb, status, type WebEndpoint } from './endpoints.ts';
import { firing } from './rig.ts';

const FIRING: Telling = { notice_id: '3', event: 'firing', alert: firing() };
const RESOLVED: Telling = {
  notice_id: '4',
  event: 'resolved',
  alert: firing({ state: 'resolved', resolved_at: '2026-11-28T08:00:00.123+00:00' }),
};
const NEVER = new AbortController().signal;
const quick = { ...PATIENCE, timeout_ms: 300, again_ms: 1, break_ms: 50 };
let clock = 0;
const sender = (sink: Sink, more: Partial<typeof PATIENCE> = {}) =>
  new Sender(sink, { ...quick, ...more }, () => clock);

describe('a webhook', () => {
  let web: WebEndpoint;
  beforeAll(async () => {
    web = await openWeb();
  });
  afterAll(() => web.close());
  beforeEach(() => {
    web.answers.length = 0;
    clock = 0;
  });
  const sink = (url = web.url) => webhookSink({ url, now: () => clock });
  const sent = async (answers: WebEndpoint['answers'], patience = {}) => {
    web.answers.push(...answers);
    const before = web.posts.length;
    const came = await sender(sink(), patience).send(FIRING, NEVER);
    return [came, web.posts.length - before];
  };

  it('is posted what Slack takes', async () => {
    await sender(sink()).send(FIRING, NEVER);
    const { path, body } = web.posts.at(-1) ?? { path: '', body: '' };
    expect(path).toBe('/services/T/B/secret');
    const message: unknown = JSON.parse(body);
    expect(message).toEqual(slackMessage(FIRING));
    expect(message).toMatchObject({
      text: '🔴 Firing: SYNC_FAILING system:twenty. Twenty does not answer (TWENTY_DOWN).',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: '🔴 Firing: SYNC_FAILING system:twenty' } },
        { type: 'section' },
        {
          type: 'section',
          fields: expect.arrayContaining([{ type: 'mrkdwn', text: '*Since*\n2026-11-28 06:00:00 UTC' }]),
        },
        { type: 'section', text: { text: 'See `contact-sync doctor`.' } },
        { type: 'context', elements: [{ text: 'I have it in hand: `contact-sync alerts ack 17`' }] },
      ],
    });
  });

  it('that fails once is tried again at once', async () => {
    expect(await sent([status(500)])).toEqual([{ outcome: 'sent' }, 2]);
    expect(await sent([(request) => request.socket.destroy()])).toEqual([{ outcome: 'sent' }, 2]);
  });

  it('that fails again, refuses, or is slow has failed, by its code', async () => {
    expect(await sent([status(500), status(503)])).toEqual([{ outcome: 'failed', code: 'WEBHOOK_FAILED' }, 2]);
    expect(await sent([status(404)])).toEqual([{ outcome: 'failed', code: 'WEBHOOK_REFUSED' }, 1]);
    expect(await sent([() => undefined])).toEqual([{ outcome: 'failed', code: 'SINK_TIMEOUT' }, 1]);
    const unreachable = sink('http://127.0.0.1:1/secret');
    expect(await sender(unreachable).send(FIRING, NEVER)).toEqual({ outcome: 'failed', code: 'WEBHOOK_UNREACHABLE' });
  });

  it('that sends us elsewhere is not followed', async () => {
    const elsewhere = { location: web.url };
    expect(await sent([status(302, elsewhere)])).toEqual([{ outcome: 'failed', code: 'WEBHOOK_REFUSED' }, 1]);
    expect(await sent([status(307, elsewhere)])).toEqual([{ outcome: 'failed', code: 'WEBHOOK_REFUSED' }, 1]);
  });

  it('that asks to wait is left alone for so long', async () => {
    const one = sender(sink());
    web.answers.push(status(429, { 'retry-after': '30' }));
    expect(await one.send(FIRING, NEVER)).toEqual({ outcome: 'left', wait_ms: 30_000 });
    const posts = web.posts.length;
    clock = 29_000;
    expect(await one.send(FIRING, NEVER)).toEqual({ outcome: 'left', wait_ms: 1_000 });
    expect(web.posts).toHaveLength(posts);
    clock = 30_000;
    expect(await one.send(FIRING, NEVER)).toEqual({ outcome: 'sent' });
  });

  it('may ask in seconds or by a date, for an hour at most', () => {
    const now = Date.parse('2026-11-28T06:00:00Z');
    expect(waitOf('7', now)).toBe(7_000);
    expect(waitOf('Sat, 28 Nov 2026 06:00:09 GMT', now)).toBe(9_000);
    expect(waitOf('Sat, 28 Nov 2020 06:00:09 GMT', now)).toBe(0);
    expect(waitOf('999999999', now)).toBe(3_600_000);
    for (const none of [null, 'soon', '']) expect(waitOf(none, now)).toBe(30_000);
  });

  it('that fails time after time is left alone for a while, and then tried once', async () => {
    const one = sender(sink());
    web.answers.push(...Array.from({ length: 4 }, () => status(500)));
    for (let tries = 0; tries < 2; tries += 1)
      expect(await one.send(FIRING, NEVER)).toMatchObject({ outcome: 'failed' });
    const posts = web.posts.length;
    expect(await one.send(FIRING, NEVER)).toEqual({ outcome: 'left', wait_ms: 50 });
    expect(web.posts).toHaveLength(posts);
    await expect.poll(() => one.send(FIRING, NEVER)).toEqual({ outcome: 'sent' });
  });

  it('is left where the process ends meanwhile', async () => {
    const ending = new AbortController();
    web.answers.push(() => ending.abort());
    expect(await sender(sink()).send(FIRING, ending.signal)).toEqual({ outcome: 'left', wait_ms: 0 });
  });
});

describe('what Slack is given', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 5_000 }),
    fc.constantFrom(...HOSTILE_TEXTS, '<!channel>', '&'.repeat(4_000)),
  );

  it('keeps to the room that there is, mentions nobody, and cuts no character and no entity', () => {
    fc.assert(
      fc.property(texts, texts, texts, (message, advice, subject) => {
        for (const event of ['firing', 'resolved'] as const) {
          const { text, blocks } = slackMessage({ ...FIRING, event, alert: firing({ message, advice, subject }) });
          const written = JSON.stringify(blocks);
          expect(text.length).toBeLessThanOrEqual(4_000);
          for (const [, part] of written.matchAll(/"type":"mrkdwn","text":("(?:[^"\\]|\\.)*")/g)) {
            const said = String(JSON.parse(part ?? '""'));
            expect(said.length).toBeLessThanOrEqual(3_000);
            expect(said).toMatch(/^[^<>]*$/);
            expect(said.replaceAll(/&(amp|lt|gt);/g, '')).not.toContain('&');
          }
          const [header] = blocks as readonly { readonly text?: { readonly text: string } }[];
          expect(header?.text?.text.length).toBeLessThanOrEqual(150);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is text as it was where there is room', () => {
    expect(escaped('a < b & c', 100)).toBe('a &lt; b &amp; c');
    expect(escaped('a<b', 4)).toBe('a…');
    expect(escaped('🔴🔴🔴', 5)).toBe('🔴🔴…');
  });
});

describe('e-mail', () => {
  let mail: MailEndpoint;
  beforeAll(async () => {
    mail = await openMail();
  });
  afterAll(() => mail.close());
  const sink = (more: { to?: string; password?: string; port?: number } = {}) => {
    const made = emailSink({
      smtpUrl: `smtp://hub:${more.password ?? 's3cret'}@127.0.0.1:${more.port ?? mail.port}`,
      from: 'Hub <hub@example.org>',
      to: more.to ?? 'ada@example.org, Bob <bob@example.org>',
    });
    onTestFinished(() => made.close());
    return made;
  };
  const send = (made = sink(), telling = FIRING) => sender(made, { timeout_ms: 5_000 }).send(telling, NEVER);

  it('goes to each address, in plain text, by a login', async () => {
    expect(await send()).toEqual({ outcome: 'sent' });
    const { from, to, raw } = mail.mails.at(-1) ?? { from: '', to: [], raw: '' };
    expect([from, to]).toEqual(['hub@example.org', ['ada@example.org', 'bob@example.org']]);
    expect(raw).toMatch(/^Subject: \[contact-sync\] Firing: SYNC_FAILING system:twenty\r$/m);
    expect(raw).toMatch(/^Content-Type: text\/plain; charset=utf-8\r$/m);
    expect(raw).toContain('contact-sync alerts ack 17');
    expect(bodyOf(FIRING).split('\n')).toEqual([
      'Twenty does not answer (TWENTY_DOWN).',
      '',
      'Alert: 17',
      'Severity: critical',
      'Since: 2026-11-28 06:00:00 UTC',
      '',
      'What to do: See `contact-sync doctor`.',
      '',
      'I have it in hand: contact-sync alerts ack 17',
      '',
    ]);
  });

  it('says of what is over for how long it lasted, and has the same id each time', async () => {
    await send(sink(), RESOLVED);
    await send(sink(), RESOLVED);
    const [one, other] = mail.mails.slice(-2).map(({ raw }) => /^Message-ID: (.*)\r$/im.exec(raw)?.[1]);
    expect(one).toMatch(/^<notice-4\./);
    expect(other).toBe(one);
    expect(bodyOf(RESOLVED)).toContain('Lasted: 2 hours');
    expect(bodyOf(RESOLVED)).not.toContain('What to do');
  });

  it('to one address that is refused keeps it from no other', async () => {
    expect(await send(sink({ to: 'nobody@example.org, ada@example.org' }))).toEqual({ outcome: 'sent' });
    expect(mail.mails.at(-1)?.to).toEqual(['ada@example.org']);
    expect(await send(sink({ to: 'nobody@example.org' }))).toEqual({ outcome: 'failed', code: 'EMAIL_REFUSED' });
  });

  it('is refused with a wrong password, put off when the server asks to, and fails by a code', async () => {
    expect(await send(sink({ password: 'wrong' }))).toEqual({ outcome: 'failed', code: 'EMAIL_REFUSED' });
    mail.answers.push(451);
    expect(await send()).toEqual({ outcome: 'left', wait_ms: 60_000 });
    mail.answers.push(554);
    expect(await send()).toEqual({ outcome: 'failed', code: 'EMAIL_REFUSED' });
  });

  it('is sent once the server is back', async () => {
    const other = await openMail();
    await other.close();
    const made = sink({ port: other.port });
    expect(await send(made)).toEqual({ outcome: 'failed', code: 'EMAIL_UNREACHABLE' });
    const back = await openMail(other.port);
    onTestFinished(() => back.close());
    expect(await send(made)).toEqual({ outcome: 'sent' });
    expect(back.mails).toHaveLength(1);
  });
});

describe('the log', () => {
  const told = async (telling: Telling) => {
    const lines: unknown[][] = [];
    const at = (level: string) => (fields: object, message: string) => void lines.push([level, fields, message]);
    const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
    await logSink(log).send(telling, NEVER);
    return lines;
  };

  it('is told at a level by what it is', async () => {
    expect(await told(FIRING)).toEqual([
      [
        'error',
        expect.objectContaining({ alert_id: '17', code: 'SYNC_FAILING', acknowledge: 'contact-sync alerts ack 17' }),
        'alert fires',
      ],
    ]);
    expect((await told({ ...FIRING, alert: firing({ severity: 'warning' }) }))[0]?.[0]).toBe('warn');
    expect(await told(RESOLVED)).toEqual([['info', expect.objectContaining({ lasted: '2 hours' }), 'alert resolved']]);
  });

  it('names no alert that nobody keeps', async () => {
    const [line] = await told({ ...FIRING, alert: firing({ alert_id: '' }) });
    expect(line?.[1]).toMatchObject({ acknowledge: null });
  });
});

it('times are told in the largest unit that they fill twice', () => {
  const told = [0, 999, 1_000, 1_999, 119_000, 120_000, 7_199_000, 7_200_000, 172_800_000, -5];
  expect(told.map(lasting)).toEqual([
    '0 milliseconds',
    '999 milliseconds',
    '1 second',
    '2 seconds',
    '119 seconds',
    '2 minutes',
    '120 minutes',
    '2 hours',
    '2 days',
    '0 milliseconds',
  ]);
});
