/**
 * A message as Slack's incoming webhooks take it; Mattermost and Rocket.Chat read the same. Pure.
 * Sources: https://docs.slack.dev/reference/block-kit/blocks, https://docs.slack.dev/messaging/formatting-message-text
 */
import type { Telling } from './sink.ts';
import { toldOf } from './text.ts';
import { shortened } from './words.ts';

/** Characters that each place has room for. */
const HEADER = 150;
const SECTION = 3_000;
const FIELD = 2_000;
const TEXT = 4_000;

/** The body of a request. */
export interface SlackMessage {
  /** What is shown where blocks are not: notifications, other programs. */
  readonly text: string;
  readonly blocks: readonly object[];
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Slack's own three: whatever is in it then mentions nobody and links nowhere. No entity is cut in two. */
export function escaped(text: string, most: number): string {
  const parts = [...text].map((character) => ENTITIES[character] ?? character);
  if (parts.reduce((sum, part) => sum + part.length, 0) <= most) return parts.join('');
  let [length, kept] = [1, 0];
  for (const part of parts) {
    if (length + part.length > most) break;
    length += part.length;
    kept += 1;
  }
  return `${parts.slice(0, kept).join('')}…`;
}

const MARKS = { critical: '🔴', warning: '🟠' } as const;

/** `text` and `blocks`. */
export function slackMessage(telling: Telling): SlackMessage {
  const { title, message, facts, advice, acknowledge } = toldOf(telling);
  const mark = telling.event === 'resolved' ? '🟢' : MARKS[telling.alert.severity];
  const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
  return {
    text: escaped(`${mark} ${title}. ${message}`, TEXT),
    blocks: [
      // Plain text: nothing in it is read as anything else.
      { type: 'header', text: { type: 'plain_text', text: shortened(`${mark} ${title}`, HEADER / 2), emoji: true } },
      section(escaped(message, SECTION)),
      {
        type: 'section',
        fields: facts.map(([name, value]) => ({
          type: 'mrkdwn',
          text: `*${name}*\n${escaped(value, FIELD - name.length - 3)}`,
        })),
      },
      ...(advice === null ? [] : [section(escaped(advice, SECTION))]),
      ...(acknowledge === null
        ? []
        : [
            {
              type: 'context',
              elements: [{ type: 'mrkdwn', text: `I have it in hand: \`${escaped(acknowledge, FIELD)}\`` }],
            },
          ]),
    ],
  };
}
