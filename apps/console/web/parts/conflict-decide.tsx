import { ApiError } from '@contact-sync/api';
import { Button, Group, Kbd, SegmentedControl, Switch, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconKeyboard } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { call, queries, useAction } from '../api.ts';
import {
  type Choice,
  type ConflictDetail,
  canMix,
  choiceOf,
  type OutcomeField,
  outcomeOf,
  type Picks,
  pickable,
  type Side,
  sideName,
  takeAll,
  undecided,
} from '../logic/choice.ts';
import { ActionList } from './action-list.tsx';
import { ConflictKeys } from './conflict-keys.tsx';
import { ConflictTable } from './conflict-table.tsx';
import { HandEdit } from './hand-edit.tsx';
import { OutcomeModal } from './outcome-modal.tsx';
import { useChoiceKeys } from './use-choice-keys.ts';
import { oneOf, useQueryState } from './use-query-state.ts';

/** What is about to be decided. */
interface Proposal {
  readonly choice: Choice;
  /** `null`: a deletion. */
  readonly outcome: readonly OutcomeField[] | null;
}

/** Where a person decides over an exact tie: a whole side, field by field, or by hand. */
export function ConflictDecide({ detail }: { detail: ConflictDetail }) {
  const { conflict_id, candidates } = detail.conflict;
  const { get, set } = useQueryState();
  const byHand = oneOf(get('by'), ['hand']) === 'hand';
  const onlyDifferences = get('fields') !== 'all';
  const [picks, setPicks] = useState<Picks>({});
  const [proposal, setProposal] = useState<Proposal | null>(null);
  const [keysShown, keys] = useDisclosure(false);
  const table = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();

  const resolve = useAction('resolve', async ({ version }) => {
    setProposal(null);
    notifications.show({ color: 'green', title: 'Decided', message: `Version ${version} is on its way everywhere.` });
    const next = await call('conflicts', { query: { status: 'open', limit: 2 } }).catch(() => null);
    const other = next?.items.find((one) => one.conflict_id !== conflict_id);
    if (next && !other) notifications.show({ color: 'green', message: 'That was the last open conflict.' });
    void navigate(other ? `/conflicts/${other.conflict_id}` : '/conflicts');
  });
  const code = resolve.error instanceof ApiError ? resolve.error.code : null;
  if (code === 'CONFLICT_CLOSED' && proposal !== null) {
    setProposal(null);
    // The page then shows what became of it.
    void queries.invalidateQueries({ queryKey: ['conflict'] });
  }
  const invalid = code === 'INVALID_CONTENT' && resolve.error instanceof ApiError ? resolve.error.problem : null;
  if (invalid && proposal?.choice.content && !resolve.pending) setProposal(null);

  const left = undecided(detail, picks).length;
  const sides = pickable(detail);
  const pick = (field: string | null, side: Side) => {
    if (!sides.includes(side)) return;
    if (field === null || !canMix(detail)) setPicks(takeAll(detail, side));
    else setPicks((before) => ({ ...before, [field]: side }));
  };
  const propose = (chosen: Picks) =>
    setProposal({ choice: choiceOf(detail, chosen), outcome: outcomeOf(detail, chosen) });
  const take = (side: number) => {
    const chosen = takeAll(detail, side);
    setPicks(chosen);
    propose(chosen);
  };
  useChoiceKeys({
    active: !byHand && proposal === null && !keysShown,
    table,
    pick: (field, place) => {
      const side = sides[place];
      if (side !== undefined) pick(field, side);
    },
    confirm: () => {
      if (left === 0) propose(picks);
    },
    help: keys.open,
  });
  return (
    <>
      <Group justify="space-between" gap="sm">
        <SegmentedControl
          aria-label="How to decide"
          value={byHand ? 'hand' : 'sides'}
          onChange={(next) => set({ by: next === 'hand' ? 'hand' : '' })}
          data={[
            { value: 'sides', label: 'Choose sides' },
            { value: 'hand', label: 'Edit by hand' },
          ]}
        />
        {byHand ? null : (
          <Group gap="md">
            <Switch
              label="Only differences"
              checked={onlyDifferences}
              onChange={({ currentTarget }) => set({ fields: currentTarget.checked ? '' : 'all' })}
            />
            <Button
              variant="subtle"
              size="compact-sm"
              leftSection={<IconKeyboard size={16} aria-hidden />}
              onClick={keys.open}
            >
              Keys <Kbd ml={6}>?</Kbd>
            </Button>
          </Group>
        )}
      </Group>
      {byHand ? (
        <HandEdit
          detail={detail}
          problem={invalid}
          propose={(content, outcome) => {
            resolve.reset();
            setProposal({ choice: { content }, outcome });
          }}
        />
      ) : (
        <>
          <Group gap="xs">
            {candidates.map(({ content, content_hash }, side) => (
              <Button key={content_hash} variant="default" onClick={() => take(side)}>
                Take {sideName(detail, side).toLowerCase()}
                {content === null ? ' (delete)' : ''}
              </Button>
            ))}
          </Group>
          <div ref={table}>
            <ConflictTable detail={detail} onlyDifferences={onlyDifferences} picks={picks} pick={pick} />
          </div>
          <Group justify="space-between">
            <Text size="sm" role="status">
              {left === 0 ? 'Every field that differs is decided.' : `${left} to be decided.`}
            </Text>
            <Button disabled={left > 0} onClick={() => propose(picks)}>
              See what comes of it
            </Button>
          </Group>
        </>
      )}
      <ActionList actions={detail.actions} />
      <OutcomeModal
        proposal={proposal}
        close={() => {
          setProposal(null);
          resolve.reset();
        }}
        confirm={() => proposal && resolve.run({ params: { conflict_id }, body: proposal.choice })}
        again={resolve.again}
        pending={resolve.pending}
        error={resolve.error}
      />
      <ConflictKeys opened={keysShown} close={keys.close} sides={sides.map((side) => sideName(detail, side))} />
    </>
  );
}
