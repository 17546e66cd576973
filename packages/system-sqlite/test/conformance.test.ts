import { describeConformance } from '@contact-sync/testkit/conformance';
import { openRig } from './conformance-rig.ts';

const NO_WIRE = 'a call to SQLite commits and answers in one process: no answer is lost on the way';

describeConformance(
  'sqlite',
  {
    half: 'target',
    cannot: {
      late_commits: 'SQLite lets one writer in at a time: edits are committed in the order they are begun in',
      throttling: 'SQLite has no server that could throttle',
      lost_answers: NO_WIRE,
      timeouts: NO_WIRE,
      request_limits: 'SQLite is sent no requests',
      credentials: 'an SQLite file has no password',
      clock: 'SQLite reads the clock of the process that uses it',
    },
  },
  openRig,
);
