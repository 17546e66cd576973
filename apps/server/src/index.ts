export { type RunningServer, type ServerOptions, startServer, UnprotectedError } from './start.ts';
