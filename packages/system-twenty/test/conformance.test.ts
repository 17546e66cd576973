import { describeConformance } from '@contact-sync/testkit/conformance';
import { openRig } from './conformance-rig.ts';

describeConformance(
  'twenty',
  {
    half: 'target',
    cannot: {
      ranks: 'Twenty keeps no rank to compare: a person is written over if it holds what the hub believes',
      whole_contents: 'what Twenty does not take for an email, phone or link stays with the base',
      own_writes: 'Twenty tells writes with an API key like any other',
      each_edit: 'a poll of Twenty shows people as they stand; only its webhooks tell each edit',
      acknowledgement: 'Twenty is polled: it keeps nothing that could be forgotten, and the cursor goes on',
      digests: 'Twenty computes nothing over its people: every one of them is read',
      secret_edits: 'nothing in Twenty can be written past its API',
      graves: 'Twenty remembers nothing of people that it does not have',
    },
  },
  openRig,
);
