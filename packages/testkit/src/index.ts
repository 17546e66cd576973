export { contents, largeContent, normal } from './contents.ts';
export {
  ABSURD_DATES,
  ABSURD_VERSIONS,
  CANARY,
  HOSTILE_JSON_TEXTS,
  HOSTILE_KEYS,
  HOSTILE_TEXTS,
  hostileFields,
  hostileJson,
  hostileJsonText,
  hostileText,
  nestedText,
  worked,
} from './hostile.ts';
export { type TestDatabase, testDatabase } from './postgres.ts';
export { type HttpProxy, openHttpProxy, type Passing, type Verdict } from './proxy/http.ts';
export { openPostgresProxy, type PostgresProxy } from './proxy/postgres.ts';
export { type FoundRedis, findRedis, NO_REDIS, type OwnRedis, ownRedis } from './redis.ts';
