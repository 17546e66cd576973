export { type FoundRedis, findRedis, NO_REDIS } from './redis.ts';
