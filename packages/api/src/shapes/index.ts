export * from './actions.ts';
export * from './common.ts';
export * from './conflicts.ts';
export * from './contacts.ts';
export * from './dead-letters.ts';
export * from './overview.ts';
export * from './session.ts';
