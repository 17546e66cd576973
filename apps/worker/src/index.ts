export { type RunningWorker, startWorker, type WorkerOptions, type WorkerStatus } from './start.ts';
