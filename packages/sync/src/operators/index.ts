/** What people ask of the hub and do with it. */
export { type Answering, type Attention, attention, type Sight } from './attention.ts';
export { type ConflictField, choiceOf, conflictFields, type SideChoice } from './conflict-view.ts';
export type { ContactDetail, SystemStanding } from './contact-detail.ts';
export {
  type ConflictDetail,
  type DeadLetterDetail,
  Desk,
  type DeskOptions,
  type LookOptions,
  type Replayed,
  type Selected,
  type Selection,
} from './desk.ts';
export type { DriftItem, DriftOptions, DriftProgress, DriftReport } from './drift.ts';
export type { DriftKind, Explained } from './drift-name.ts';
export type { DriftRepair } from './drift-repair.ts';
export type { ImportEntry, ImportOptions, ImportRefusal, ImportSummary } from './import.ts';
export { type LastLook, lastLook } from './last-look.ts';
export { type Asker, performed } from './performed.ts';
export * from './port.ts';
export type { Restored, VersionName } from './restore.ts';
export type { TimelineItem } from './timeline.ts';
