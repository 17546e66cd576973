import { describeSystems } from './systems.ts';

describeSystems('sqlite');
