/** The tables of SPEC.md, as Markdown. */
import { CONFLICT, CONFLICT_CAUSES, type ConflictCell } from './conflict.ts';
import {
  ANSWERS,
  type Answered,
  type Applied,
  BEHIND,
  BRAKED,
  DELIVERY,
  GAINED,
  HELD_OF_HEAD,
  RECORDS_AT_TARGET,
  WRITTEN_THERE,
} from './delivery.ts';
import { CLAIMS, IDENTITY, LINKS, PRESENCES } from './identity.ts';
import { type Decided, HEAD_STATES, INGEST, OBSERVATIONS, WITNESSES } from './ingest.ts';
import {
  ATTEMPTS_TOLD,
  FLOW,
  FLOW_EVENTS,
  type FlowCell,
  JOB_SHAPES,
  JOBS,
  type JobCell,
  MEETS,
  PHASES,
} from './jobs.ts';
import { type Check, MACHINES, type Place, PROMISES } from './promises.ts';
import { cellFor, type Entry, type Impossible, isImpossible, keysOf } from './words.ts';

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

/** Why cells are impossible, numbered as they come. */
class Notes {
  readonly #notes: string[] = [];

  mark({ impossible }: Impossible): string {
    if (!this.#notes.includes(impossible)) this.#notes.push(impossible);
    return `– (${this.#notes.indexOf(impossible) + 1})`;
  }

  get text(): string {
    return this.#notes.length === 0
      ? ''
      : `\n\nCannot be: ${this.#notes.map((note, index) => `(${index + 1}) ${note}`).join('; ')}.`;
  }
}

/** One text for both kinds of system, or one for each. */
function entryText<Cell extends object>(entry: Entry<Cell>, text: (cell: Cell) => string, notes: Notes): string {
  const said = (cell: Cell | Impossible) => (isImpossible(cell) ? notes.mark(cell) : text(cell));
  const [canonical, ranked, plain] = (['canonical', 'ranked', 'plain'] as const).map((kind) =>
    said(cellFor(entry, kind)),
  );
  const others = ranked === plain ? `${ranked}` : `ranked: ${ranked}<br>plain: ${plain}`;
  if (canonical === ranked) return others;
  return `BigQuery: ${canonical}<br>${ranked === plain ? 'others: ' : ''}${others}`;
}

const HEAD: Readonly<Record<Decided['head'], string>> = {
  stays: '',
  own: '',
  next: ' as head + 1',
  above: ' above all numbers',
  again: ', head goes on',
};
const CONFLICT_NOW: Readonly<Record<Decided['conflict'], string>> = {
  same: '',
  opens: ' opens',
  grows: ' grows',
  closes: ', closes it',
};
const HELD: Readonly<Record<Decided['held'], string>> = {
  carried: '',
  zero: ', held 0',
  unchanged: ', held as before',
};

function decidedText({ outcome, head, held, conflict, letter, time, replayed }: Decided): string {
  const isRead = outcome === 'echo' || outcome === 'accepted' || outcome === 'superseded';
  return [
    outcome,
    letter === null ? '' : ` \`${letter}\``,
    outcome === 'conflict' && conflict === 'same' ? ', known' : '',
    HEAD[head],
    time === 'now' ? ', as of now' : '',
    CONFLICT_NOW[conflict],
    isRead ? HELD[held] : '',
    replayed === undefined ? '' : `; replayed: ${replayed}`,
  ].join('');
}

function ingest(): string {
  const notes = new Notes();
  const columns = keysOf(HEAD_STATES);
  const rows = keysOf(OBSERVATIONS).map((observation) => [
    OBSERVATIONS[observation],
    ...columns.map((column) => entryText(INGEST[observation][column], decidedText, notes)),
  ]);
  return table(['the record', ...columns.map((column) => HEAD_STATES[column])], rows) + notes.text;
}

const witnesses = (): string =>
  keysOf(WITNESSES)
    .map((witness) => `- **${witness}**: ${WITNESSES[witness].text}.`)
    .join('\n');

function identity(): string {
  const rows = keysOf(LINKS).flatMap((link) =>
    keysOf(CLAIMS).map((claim) => [
      LINKS[link],
      CLAIMS[claim],
      ...keysOf(PRESENCES).map((presence) => IDENTITY[link][claim][presence]),
    ]),
  );
  return table(['the record is', 'and', ...keysOf(PRESENCES).map((presence) => PRESENCES[presence])], rows);
}

function delivery(): string {
  const notes = new Notes();
  const text = ({ outcome, named }: Applied) => (named ? `${outcome}, named` : outcome);
  const rows = keysOf(RECORDS_AT_TARGET).map((standing) => [
    RECORDS_AT_TARGET[standing],
    ...(['ranked', 'plain'] as const).flatMap((kind) =>
      (['live', 'tombstone'] as const).map((what) => {
        const cell = cellFor(DELIVERY[standing][what], kind);
        return isImpossible(cell) ? notes.mark(cell) : text(cell);
      }),
    ),
  ]);
  return (
    table(['there stands', 'ranked: live', 'ranked: tombstone', 'plain: live', 'plain: tombstone'], rows) + notes.text
  );
}

function answers(): string {
  const does: Readonly<Record<keyof Answered, string>> = {
    receipt: 'the receipt is noted: the system holds the version',
    ingest: 'the record is ingested; what comes of it is sent anew',
    letter: 'a dead letter; nothing more is sent there until the head moves or somebody replays it',
    told_if_moved: 'if the head moved meanwhile, the queue is told again',
    retried: 'the job is tried again (`NO_RECEIPT`)',
  };
  const rows = keysOf(ANSWERS).map((answer) => [
    answer.replace('_', ' '),
    keysOf(does)
      .filter((one) => ANSWERS[answer][one])
      .map((one) => does[one])
      .join('; '),
  ]);
  return table(['answer', 'then'], rows);
}

const behind = (): string =>
  table(
    ['the system holds', 'live head', 'deleted head'],
    keysOf(HELD_OF_HEAD).map((held) => [
      HELD_OF_HEAD[held],
      ...(['live', 'tombstone'] as const).map((kind) => (BEHIND[held][kind] ? 'behind' : 'in step')),
    ]),
  );

const brake = (): string =>
  table(
    ['the contact has gained', ...keysOf(WRITTEN_THERE).map((written) => `the target was ${WRITTEN_THERE[written]}`)],
    keysOf(GAINED).map((gained) => [
      GAINED[gained],
      ...keysOf(WRITTEN_THERE).map((written) => (BRAKED[gained][written] ? 'braked' : 'goes')),
    ]),
  );

function conflicts(): string {
  const notes = new Notes();
  const text = ({ becomes, event, candidates, head, sent, error }: ConflictCell) =>
    [
      ...(error === undefined ? [] : [`told \`${error}\``]),
      becomes,
      ...(event === null ? [] : [`event \`${event}\``]),
      ...(candidates === 'none' || candidates === 'as before' ? [] : [`candidates: ${candidates}`]),
      `head ${head}`,
      `sent to ${sent}`,
    ].join(', ');
  const rows = keysOf(CONFLICT_CAUSES).map((cause) => [
    CONFLICT_CAUSES[cause],
    ...(['none', 'open'] as const).map((state) => {
      const cell = CONFLICT[cause][state];
      return isImpossible(cell) ? notes.mark(cell) : text(cell);
    }),
  ]);
  return table(['what happens', 'no conflict', 'open conflict'], rows) + notes.text;
}

function jobs(): string {
  const notes = new Notes();
  const text = ({ job, queue, code }: JobCell) =>
    [job, ...(code === undefined ? [] : [`\`${code}\``]), ...(queue === 'flows' ? [] : [`queue: ${queue}`])].join(', ');
  const columns = keysOf(JOB_SHAPES).flatMap((shape) => keysOf(ATTEMPTS_TOLD).map((attempt) => ({ shape, attempt })));
  const rows = keysOf(MEETS).map((meets) => [
    MEETS[meets],
    ...columns.map(({ shape, attempt }) => {
      const cell = JOBS[meets][shape][attempt];
      return isImpossible(cell) ? notes.mark(cell) : text(cell);
    }),
  ]);
  const head = columns.map(({ shape, attempt }) => `${JOB_SHAPES[shape]}: ${ATTEMPTS_TOLD[attempt]}`);
  return table(['the job meets', ...head], rows) + notes.text;
}

function flow(): string {
  const text = ({ to, wait, failures }: FlowCell) =>
    [
      to,
      ...(wait === 'none' ? [] : [`wait ${wait}`]),
      ...(failures === undefined ? [] : [`failures: ${failures}`]),
    ].join(', ');
  const rows = keysOf(FLOW_EVENTS).map((event) => [
    FLOW_EVENTS[event],
    ...keysOf(PHASES).map((phase) => text(FLOW[event][phase])),
  ]);
  return table(['a job brings back', ...keysOf(PHASES).map((phase) => PHASES[phase])], rows);
}

function promises(): string {
  const kept = ({ file, name }: Place) => `[\`${name}\`](${file})`;
  const checked = ({ file, title }: Check) =>
    title === undefined ? `  - all of [${file}](${file})` : `  - [${file}](${file}): “${title}”`;
  return keysOf(PROMISES)
    .map((id) => {
      const { statement, kept: places, checked: checks } = PROMISES[id];
      return `**${id}** ${statement}\n\n- kept by ${places.map(kept).join(', ')}\n- checked by\n${checks.map(checked).join('\n')}`;
    })
    .join('\n\n');
}

const machines = (): string =>
  table(
    ['place', 'what it checks', 'run'],
    MACHINES.map(({ file, what, run }) => [`[${file}](${file})`, what, `\`${run}\``]),
  );

/** What stands between the markers of SPEC.md, by the name in them. */
export const SECTIONS: Readonly<Record<string, () => string>> = {
  ingest,
  witnesses,
  identity,
  delivery,
  answers,
  behind,
  brake,
  conflicts,
  jobs,
  flow,
  promises,
  machines,
};

const begin = (name: string): string => `<!-- begin ${name} -->`;
const end = (name: string): string => `<!-- end ${name} -->`;

/**
 * The text with each section written anew.
 *
 * @throws {Error} when the markers of a section are not there, each once
 */
export function write(text: string): string {
  let written = text;
  for (const [name, section] of Object.entries(SECTIONS)) {
    const [before, inside, ...more] = written.split(begin(name));
    const [, after, ...others] = inside?.split(end(name)) ?? [];
    if (before === undefined || after === undefined || more.length + others.length > 0)
      throw new Error(`the markers of ${name} are not there, each once`);
    written = `${before}${begin(name)}\n\n${section()}\n\n${end(name)}${after}`;
  }
  return written;
}
