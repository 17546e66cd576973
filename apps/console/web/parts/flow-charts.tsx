import '@mantine/charts/styles.css';
import { BarChart, LineChart } from '@mantine/charts';
import { Button, Collapse, SimpleGrid, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMemo } from 'react';
import { type FlowPoint, rowsOf, summaryOf, TARGETS } from '../logic/flow.ts';
import { milliseconds, minute } from '../logic/time.ts';
import { count, counted, SYSTEM_NAMES } from '../logic/words.ts';
import { FlowTable } from './flow-table.tsx';
import { Section } from './section.tsx';

const color = (target: string) => `var(--console-${target})`;

/** The last hour drawn, told in words, and as a table. */
export default function FlowCharts({ flow, at }: { flow: readonly FlowPoint[]; at: string }) {
  const [opened, { toggle }] = useDisclosure(false);
  const rows = useMemo(() => rowsOf(flow, Date.parse(at)), [flow, at]);
  const data = useMemo(() => rows.map((row) => ({ ...row, time: minute(row.at) })), [rows]);
  const summary = summaryOf(flow);
  const shared = {
    h: 220,
    data,
    dataKey: 'time',
    withLegend: true,
    accessibilityLayer: false,
    textColor: 'dimmed',
    xAxisProps: { minTickGap: 40 },
    'aria-hidden': true,
  } as const;
  return (
    <Section title="The last hour">
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <div>
          <Text size="sm" fw={600} mb={4}>
            Deliveries per minute
          </Text>
          <BarChart
            {...shared}
            type="stacked"
            valueFormatter={count}
            barProps={{ isAnimationActive: false }}
            yAxisProps={{ allowDecimals: false, width: 44 }}
            series={TARGETS.map((target) => ({
              name: `${target} delivered`,
              label: SYSTEM_NAMES[target],
              color: color(target),
            }))}
          />
        </div>
        <div>
          <Text size="sm" fw={600} mb={4}>
            From an edit to its delivery: half within (line), 95 % within (dashed)
          </Text>
          <LineChart
            {...shared}
            valueFormatter={milliseconds}
            // A minute between two without deliveries is a line of no length: its dot is all there is of it.
            withDots
            dotProps={{ r: 1.5, strokeWidth: 1 }}
            activeDotProps={{ r: 3, strokeWidth: 1 }}
            connectNulls={false}
            curveType="linear"
            lineProps={{ isAnimationActive: false }}
            yAxisProps={{ width: 64 }}
            series={TARGETS.flatMap((target) => [
              { name: `${target} p50`, label: `${SYSTEM_NAMES[target]} p50`, color: color(target) },
              {
                name: `${target} p95`,
                label: `${SYSTEM_NAMES[target]} p95`,
                color: color(target),
                strokeDasharray: '4 4',
              },
            ])}
          />
        </div>
      </SimpleGrid>
      <Text size="sm" mt="xs">
        {summary
          .map(({ target, delivered, p50, p95 }) =>
            p50 === null || p95 === null
              ? `${SYSTEM_NAMES[target]}: ${delivered === 0 ? 'no deliveries' : counted(delivered, 'delivery', 'deliveries')}.`
              : `${SYSTEM_NAMES[target]}: ${counted(delivered, 'delivery', 'deliveries')}, half within ${milliseconds(p50)}, in the worst minute 95 % within ${milliseconds(p95)}.`,
          )
          .join(' ')}
      </Text>
      <Button variant="subtle" size="compact-sm" mt={4} aria-expanded={opened} onClick={toggle}>
        {opened ? 'Hide the table' : 'Show as a table'}
      </Button>
      <Collapse expanded={opened} keepMounted={false}>
        <FlowTable rows={rows} />
      </Collapse>
    </Section>
  );
}
