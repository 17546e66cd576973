import { describeConformance } from '@contact-sync/testkit/conformance';
import { openBigQuery, openSql, openTwenty } from './systems-rig.ts';

const MODEL = {
  request_limits: 'a request of the simulation has no size',
  credentials: 'nobody logs in to a model',
  digests: 'models are small, and read as a whole',
  secret_edits: 'a model has no way past what counts its edits',
  clock: 'there is one clock in a simulation',
};

describeConformance('model of a database', { half: 'target', cannot: MODEL }, openSql);

describeConformance(
  'model of Twenty',
  {
    half: 'target',
    cannot: {
      ...MODEL,
      ranks: 'Twenty keeps no rank to compare: a person is written over if it holds what the hub believes',
      whole_contents: 'what Twenty does not take for an email, phone or link stays with the base',
      own_writes: 'Twenty tells writes with an API key like any other',
      each_edit: 'a poll of Twenty shows people as they stand; only its webhooks tell each edit',
      acknowledgement: 'Twenty is polled: it keeps nothing that could be forgotten, and the cursor goes on',
      graves: 'Twenty remembers nothing of people that it does not have',
    },
  },
  openTwenty,
);

describeConformance(
  'model of BigQuery',
  {
    half: 'canonical',
    cannot: {
      ...MODEL,
      acknowledgement: 'BigQuery is polled: it keeps nothing that could be forgotten, and the cursor goes on',
      births: 'in BigQuery whoever inserts a contact chooses its contact_id',
      destruction: 'history in BigQuery is append-only',
      outcomes: 'all is appended to BigQuery, and the heads tell what stands',
    },
  },
  openBigQuery,
);
