import { describeConformance } from '@contact-sync/testkit/conformance';
import { openRig } from './conformance-rig.ts';

describeConformance(
  'bigquery',
  {
    half: 'canonical',
    cannot: {
      acknowledgement: 'BigQuery is polled: it keeps nothing that could be forgotten, and the cursor goes on',
      births: 'in BigQuery whoever inserts a contact chooses its contact_id',
      destruction: 'history in BigQuery is append-only',
      outcomes: 'all is appended to BigQuery, and the heads tell what stands',
      credentials: 'the endpoint of these tests asks for none',
      secret_edits: 'BigQuery has no triggers: what is appended is what stands',
    },
  },
  openRig,
);
