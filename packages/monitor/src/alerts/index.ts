export { type Alerting, type AlertingParts, type AlertRound, createAlerting } from './alerting.ts';
export { AlertDesk } from './desk.ts';
export { type Observation, observationOf, type Thresholds } from './observation.ts';
export { PATIENCE, type Patience } from './sender.ts';
export type { Sink, Telling } from './sink.ts';
export { type SinkOptions, sinksOf } from './sinks.ts';
