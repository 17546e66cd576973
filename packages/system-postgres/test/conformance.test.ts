import { describeConformance } from '@contact-sync/testkit/conformance';
import { openRig } from './conformance-rig.ts';

describeConformance(
  'postgres',
  {
    half: 'target',
    cannot: {
      request_limits: 'Postgres takes a parameter of any size that memory holds',
      timeouts: 'the server gives a statement up before the adapter does, and then nothing was committed',
    },
  },
  openRig,
);
