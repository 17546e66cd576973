export { type Counts, type Outcome, play, scriptOf } from './history.ts';
export { type Breach, PROMISES, type Promised } from './promises/index.ts';
export { direct, type Rpc } from './rpc.ts';
export { type Action, type Script, type Step, scripts } from './script.ts';
export { shrink } from './shrink.ts';
export { type Failure, type Reached, type Simulated, simulate } from './simulate.ts';
