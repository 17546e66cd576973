export { type TestDatabase, testDatabase } from './postgres.ts';
export { type FoundRedis, findRedis, NO_REDIS } from './redis.ts';
