import { describeSystems } from './systems.ts';

describeSystems('postgres');
