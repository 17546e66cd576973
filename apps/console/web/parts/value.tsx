import { Text } from '@mantine/core';
import { Fold } from './fold.tsx';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value as lines of text: lists an item a line, objects a key a line, whatever is deeper as JSON. */
export function linesOf(value: unknown): readonly string[] {
  if (value === null || value === undefined || value === '') return [];
  if (Array.isArray(value)) return value.map((item) => (isRecord(item) ? recordLine(item) : textOf(item)));
  if (isRecord(value)) return Object.entries(value).map(([key, item]) => `${key}: ${textOf(item)}`);
  return [textOf(value)];
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

function recordLine({ date, event, significance, ...others }: Readonly<Record<string, unknown>>): string {
  const known = [date, event, significance].filter((part) => part !== undefined && part !== null).map(textOf);
  return [...known, ...Object.entries(others).map(([key, item]) => `${key}: ${textOf(item)}`)].join(' · ');
}

/** Somebody's data as text and nothing but text. Long ones are folded. */
export function Value({ value, empty = 'nothing' }: { value: unknown; empty?: string }) {
  const lines = linesOf(value);
  if (lines.length === 0) {
    return (
      <Text span size="sm" c="dimmed" fs="italic">
        {empty}
      </Text>
    );
  }
  const total = lines.reduce((sum, line) => sum + line.length, 0);
  if (lines.length <= LINES && total <= LENGTH) return <Lines lines={lines} />;
  return <Fold short={<Lines lines={beginning(lines)} />} full={<Lines lines={lines} />} />;
}

/** More than this is folded. */
const LINES = 8;
const LENGTH = 500;

function beginning(lines: readonly string[]): readonly string[] {
  let left = LENGTH;
  const kept: string[] = [];
  for (const line of lines.slice(0, LINES)) {
    kept.push(line.length > left ? `${line.slice(0, left)}…` : line);
    left -= line.length;
    if (left <= 0) break;
  }
  return kept;
}

function Lines({ lines }: { lines: readonly string[] }) {
  return lines.map((line, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: lines may repeat, and those of one value are drawn anew together
    <Text key={index} component="div" size="sm" className="pre">
      <bdi>{line}</bdi>
    </Text>
  ));
}
