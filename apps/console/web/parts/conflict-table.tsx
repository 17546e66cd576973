import { Badge, Group, Kbd, Radio, Table, Text } from '@mantine/core';
import { type ConflictDetail, canMix, type Picks, pickable, type Side, sideName, sidesOf } from '../logic/choice.ts';
import { fieldName, systemName } from '../logic/words.ts';
import { DeletedMark } from './marks.tsx';
import { Value } from './value.tsx';

type Field = ConflictDetail['fields'][number];

interface ConflictTableProps {
  readonly detail: ConflictDetail;
  readonly onlyDifferences: boolean;
  /** `null`: only to look at. */
  readonly picks: Picks | null;
  readonly pick?: (field: string, side: Side) => void;
}

/** The sides of a conflict beside each other, field by field, with what both began with. */
export function ConflictTable({ detail, onlyDifferences, picks, pick }: ConflictTableProps) {
  const sides = sidesOf(detail);
  const columns: readonly Side[] = detail.base && !sides.includes('base') ? [...sides, 'base'] : sides;
  const fields = onlyDifferences ? detail.fields.filter(({ differs }) => differs) : detail.fields;
  const mixing = picks !== null && canMix(detail);
  return (
    <Table.ScrollContainer
      minWidth={200 + 240 * columns.length}
      type="native"
      tabIndex={0}
      role="group"
      aria-label="Sides of the conflict, scrollable"
    >
      <Table className="choice" withTableBorder withColumnBorders layout="fixed" aria-label="Sides of the conflict">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col" w={170}>
              Field
            </Table.Th>
            {columns.map((side) => (
              <Table.Th scope="col" key={side} style={{ verticalAlign: 'top' }}>
                <SideHeading detail={detail} side={side} place={picks === null ? -1 : pickable(detail).indexOf(side)} />
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {fields.map((field) => (
            <Table.Tr
              key={field.field}
              data-field={field.differs ? field.field : undefined}
              data-differs={field.differs || undefined}
              style={{ verticalAlign: 'top' }}
            >
              <Table.Th scope="row" fw={600}>
                <bdi title={field.field}>{fieldName(field.field)}</bdi>
                {field.differs ? (
                  <Badge size="xs" color="yellow" display="block" mt={4} w="fit-content">
                    Differs
                  </Badge>
                ) : null}
              </Table.Th>
              {columns.map((side) => (
                <Cell
                  key={side}
                  detail={detail}
                  field={field}
                  side={side}
                  picked={picks?.[field.field]}
                  pick={mixing && field.differs ? pick : undefined}
                />
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function SideHeading({ detail, side, place }: { detail: ConflictDetail; side: Side; place: number }) {
  const candidate = side === 'base' ? null : detail.conflict.candidates[side];
  const deleted = side === 'base' ? detail.base?.content === null : candidate?.content === null;
  return (
    <>
      <Group gap={6}>
        {sideName(detail, side)}
        {place === -1 ? null : <Kbd size="xs">{place + 1}</Kbd>}
        {deleted ? <DeletedMark>{side === 'base' ? 'Deleted' : 'This side deletes the contact'}</DeletedMark> : null}
      </Group>
      <Text size="xs" c="dimmed" fw={400}>
        {candidate ? (
          <>
            {systemName(candidate.system)} by <bdi>{candidate.last_updated_by}</bdi>
          </>
        ) : (
          <>
            Version {detail.base?.version} by <bdi>{detail.base?.last_updated_by}</bdi>
          </>
        )}
      </Text>
    </>
  );
}

interface CellProps {
  readonly detail: ConflictDetail;
  readonly field: Field;
  readonly side: Side;
  readonly picked: Side | undefined;
  readonly pick: ((field: string, side: Side) => void) | undefined;
}

function Cell({ detail, field, side, picked, pick }: CellProps) {
  const content = side === 'base' ? detail.base?.content : detail.conflict.candidates[side]?.content;
  const chosen = field.differs && picked === side;
  const value =
    content === null ? (
      <Text size="sm" fs="italic" c="dimmed">
        deleted
      </Text>
    ) : (
      <Value value={side === 'base' ? field.base : field.values[side]} />
    );
  return (
    <Table.Td data-side={side === 'base' ? undefined : side} data-chosen={chosen || undefined}>
      <Group wrap="nowrap" align="flex-start" gap="xs">
        {pick === undefined ? null : (
          <Radio
            size="xs"
            mt={2}
            name={`take ${field.field}`}
            aria-label={`${fieldName(field.field)}: take ${sideName(detail, side).toLowerCase()}`}
            checked={chosen}
            onChange={() => pick(field.field, side)}
          />
        )}
        <div>
          {value}
          {side !== 'base' && content !== null && field.differs && field.changed[side] ? (
            <Text size="xs" fw={600} mt={2}>
              Changed
            </Text>
          ) : null}
        </div>
      </Group>
    </Table.Td>
  );
}
