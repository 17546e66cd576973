export { type Contacts, equalIn, readBack, type Shown, SYSTEMS } from './audit.ts';
export { type Clients, connect } from './clients.ts';
