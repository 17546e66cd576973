export * from './decide.ts';
export * from './errors.ts';
export * from './judge.ts';
export * from './ledger-port.ts';
export * from './ports.ts';
export * from './queue-port.ts';
