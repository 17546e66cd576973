export { supabaseSql } from '@contact-sync/system-supabase';
export { runAlone } from './alone.ts';
export { type Closing, closeInOrder } from './closing.ts';
export { type Assembly, createHub, type Hub } from './hub.ts';
export { type Installed, installSystems, logInstalled } from './install.ts';
export { openLog } from './log.ts';
export { type OpenServicesOptions, openServices, type Services } from './services.ts';
export { type Stopping, untilStopped } from './stopping.ts';
export { adaptersOf, createSystems, type Systems } from './systems.ts';
