import { describeDeliveries } from '@contact-sync/testkit/conformance';
import { openRig } from './conformance-rig.ts';

describeDeliveries('supabase', 'ranked', openRig);
