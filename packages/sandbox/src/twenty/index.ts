export type { Person } from './people.ts';
export { startTwenty, type Twenty, type TwentyOptions } from './server.ts';
