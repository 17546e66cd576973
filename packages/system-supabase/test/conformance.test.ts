import { describeConformance } from '@contact-sync/testkit/conformance';
import { openRig } from './conformance-rig.ts';

describeConformance('supabase', { half: 'target', cannot: {} }, openRig);
