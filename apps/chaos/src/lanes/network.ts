/** Networks that break, slow down, stand still or die without a word; and systems that answer nonsense. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ANSWER_FAULTS, type AnswerFault, VERDICTS } from '../links/answers.ts';
import { LINKS, type LinkName, type Links, WEB_LINKS, type WebLink } from '../links/links.ts';
import { NETWORK_FAULTS, type NetworkFault } from '../links/tcp.ts';
import { Deck } from '../seeded.ts';
import type { Stage } from '../stage.ts';

interface Spoiling {
  readonly link: LinkName | 'webhooks';
  readonly fault: NetworkFault;
}

const networkName = ({ link, fault }: Spoiling): string => `network to ${link}: ${fault}`;
const answerName = ({ link, fault }: { link: WebLink; fault: AnswerFault }): string => `answers of ${link}: ${fault}`;

const spoilings = ({ env }: Stage['sandbox']): readonly Spoiling[] =>
  ([...LINKS, 'webhooks'] as const)
    .filter((link) => link !== 'local' || !env.LOCAL_URL?.startsWith('sqlite:'))
    .flatMap((link) => NETWORK_FAULTS.map((fault) => ({ link, fault })));
const nonsense = WEB_LINKS.flatMap((link) => ANSWER_FAULTS.map((fault) => ({ link, fault })));

export function expectNetwork({ tally, sandbox }: Pick<Stage, 'tally' | 'sandbox'>): void {
  tally.expect(spoilings(sandbox).map(networkName));
  tally.expect(nonsense.map(answerName));
}

const allLinks = ({ workers, server, person }: Stage): readonly Links[] => [
  ...workers.map(({ links }) => links),
  server.links,
  person,
];

export async function spoilingNetworks(stage: Stage, deck: Deck<Spoiling>): Promise<void> {
  const { signal, tally, webhooks } = stage;
  const chance = stage.chance.of('networks');
  while (!signal.aborted) {
    const card = stage.late.aborted ? deck.dealFitting((one) => tally.lacks(networkName(one))) : deck.deal();
    if (card === null) return;
    const { link, fault } = card;
    // Everybody is cut off, or one worker alone, whose work the others take over.
    const hit = chance.is(0.5) ? allLinks(stage) : [chance.pick(stage.workers).links];
    const tcp = link === 'webhooks' ? [webhooks] : hit.flatMap((links) => links.tcp(link) ?? []);
    const before = tcp.reduce((sum, one) => sum + one.touched(), 0);
    for (const one of tcp) one.spoil(fault);
    await sleep(chance.between(500, 1_000), undefined, { signal }).catch(() => undefined);
    for (const one of tcp) one.spoil(null);
    const touched = tcp.reduce((sum, one) => sum + one.touched(), 0) > before;
    if (touched) tally.add(networkName({ link, fault }));
    else deck.putBack({ link, fault });
    await sleep(chance.between(50, 250), undefined, { signal }).catch(() => undefined);
  }
}

export const networkDeck = (stage: Stage): Deck<Spoiling> =>
  new Deck(spoilings(stage.sandbox), stage.chance.of('order of networks'), (spoiling) =>
    stage.tally.lacks(networkName(spoiling)),
  );

export async function spoilingAnswers(stage: Stage): Promise<void> {
  const { signal, tally } = stage;
  const chance = stage.chance.of('answers');
  const deck = new Deck(nonsense, stage.chance.of('order of answers'), (fault) => tally.lacks(answerName(fault)));
  while (!signal.aborted) {
    const card = stage.late.aborted ? deck.dealFitting((one) => tally.lacks(answerName(one))) : deck.deal();
    if (card === null) return;
    const { link, fault } = card;
    let spoilt = 0;
    for (const links of allLinks(stage))
      links.answers(link).spoil(() => {
        if (!chance.is(0.6)) return undefined;
        spoilt++;
        return VERDICTS[fault];
      });
    await sleep(chance.between(700, 1_300), undefined, { signal }).catch(() => undefined);
    for (const links of allLinks(stage)) {
      links.answers(link).spoil(null);
      // Whoever still waits for an answer is told that there will be none.
      if (fault === 'nothing') {
        links.tcp(link)?.spoil('cut');
        links.tcp(link)?.spoil(null);
      }
    }
    if (spoilt > 0) tally.add(answerName({ link, fault }), spoilt);
    else deck.putBack({ link, fault });
    await sleep(chance.between(100, 400), undefined, { signal }).catch(() => undefined);
  }
}

/** Everything passes again, whatever hung breaks off, and nobody is stopped or armed any more. */
export function heal(stage: Stage): void {
  stage.standing.clear();
  for (const member of [...stage.workers, stage.server]) {
    member.go();
    member.arm([]);
  }
  stage.webhooks.spoil(null);
  for (const links of allLinks(stage)) {
    for (const name of LINKS) {
      links.tcp(name)?.lose(null);
      links.tcp(name)?.spoil(null);
    }
    for (const name of WEB_LINKS) {
      links.answers(name).spoil(null);
      links.answers(name).lose(null);
    }
  }
}
