export { boardNameOf } from './board-names.ts';
export { type Readiness, readiness, type Standing } from './readiness.ts';
export { type RunningServer, type ServerOptions, startServer, UnprotectedError } from './start.ts';
