import { DataList } from '@mantine/core';
import type { ReactNode } from 'react';

/** A label and what belongs to it, in a `DataList`. */
export function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <DataList.Item>
      <DataList.ItemLabel>{label}</DataList.ItemLabel>
      <DataList.ItemValue>{children}</DataList.ItemValue>
    </DataList.Item>
  );
}
