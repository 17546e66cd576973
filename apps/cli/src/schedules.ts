import type { ScheduleReport } from '@contact-sync/monitor';
import type { ScheduleName } from '@contact-sync/sync';
import { asker, withHub } from './configuration.ts';
import { printJson, shownTime } from './print.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';
import { colour, duration, table } from './table.ts';

/** Every schedule. */
export function listSchedules(around: Surroundings, options: { readonly json?: true }): Promise<ExitCode> {
  return withHub(around, async ({ monitor }) => {
    const schedules = await monitor.schedules();
    if (options.json) printJson(around, schedules);
    else around.out(schedulesTable(schedules));
    return 0;
  });
}

/** Pauses one, resumes it, or has it run once. */
export function changeSchedule(
  around: Surroundings,
  what: 'pause' | 'resume' | 'run',
  name: ScheduleName,
  { by, json }: { readonly by: string; readonly json?: true },
): Promise<ExitCode> {
  return withHub(around, async ({ monitor }) => {
    const schedule = await monitor[what](name, asker(by));
    if (json) printJson(around, schedule);
    else around.out(what === 'run' ? `${name} runs as soon as a worker is free` : schedulesTable([schedule]));
    return 0;
  });
}

/** One line each. */
export const schedulesTable = (schedules: readonly ScheduleReport[]): string =>
  table(
    ['schedule', 'every', 'state', 'last began', 'took', 'came to', 'next'],
    schedules.map((schedule) => [
      schedule.name,
      duration(schedule.every_ms / 1_000),
      stateOf(schedule),
      schedule.last_began_at === null ? 'never' : shownTime(schedule.last_began_at),
      tookOf(schedule),
      outcomeOf(schedule),
      schedule.next_at === null ? null : shownTime(schedule.next_at),
    ]),
  );

function stateOf({ running, paused_at, paused_by }: ScheduleReport): string {
  const paused = paused_at === null ? [] : [colour('yellow', `paused${paused_by === null ? '' : ` by ${paused_by}`}`)];
  return [...paused, ...(running ? ['running'] : [])].join(', ') || 'waiting';
}

function tookOf({ last_began_at, last_ended_at }: ScheduleReport): string | null {
  if (last_began_at === null || last_ended_at === null || last_ended_at < last_began_at) return null;
  const ms = Date.parse(last_ended_at) - Date.parse(last_began_at);
  return ms < 1_000 ? `${ms} ms` : duration(ms / 1_000);
}

function outcomeOf({ outcome, code }: ScheduleReport): string | null {
  if (outcome === null) return null;
  return outcome === 'done' ? colour('green', 'done') : colour('red', `failed${code === null ? '' : `: ${code}`}`);
}
