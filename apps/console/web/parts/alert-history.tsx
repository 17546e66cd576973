import { Table, Text } from '@mantine/core';
import { ALERT_NAMES, type Alert, aboutOf } from '../logic/alerts.ts';
import { lasting } from '../logic/time.ts';
import { AlertMark } from './alert-card.tsx';
import { When } from './when.tsx';

/** Alerts that are over. */
export function AlertHistory({ alerts }: { alerts: readonly Alert[] }) {
  return (
    <Table.ScrollContainer
      minWidth={720}
      type="native"
      tabIndex={0}
      role="group"
      aria-label="Alerts that are over, scrollable"
    >
      <Table aria-label="Alerts that are over">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">What was wrong</Table.Th>
            <Table.Th scope="col">About</Table.Th>
            <Table.Th scope="col">Over</Table.Th>
            <Table.Th scope="col">Lasted</Table.Th>
            <Table.Th scope="col">In hand</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {alerts.map((alert) => (
            <Table.Tr key={`${alert.alert_id} ${alert.since}`} style={{ verticalAlign: 'top' }}>
              <Table.Th scope="row" fw={500} maw={420}>
                <AlertMark alert={alert} /> {ALERT_NAMES[alert.code]}
                <Text size="sm">
                  <bdi>{alert.message}</bdi>
                </Text>
              </Table.Th>
              <Table.Td>
                <bdi>{aboutOf(alert.subject)}</bdi>
              </Table.Td>
              <Table.Td>
                <When at={alert.resolved_at} />
              </Table.Td>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>{lastedOf(alert)}</Table.Td>
              <Table.Td>{alert.acknowledged_by === null ? 'of nobody' : <bdi>{alert.acknowledged_by}</bdi>}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const lastedOf = ({ since, resolved_at }: Alert): string =>
  resolved_at === null ? '' : lasting((Date.parse(resolved_at) - Date.parse(since)) / 1_000);
