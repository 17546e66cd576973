export { contents, largeContent, normal } from './contents.ts';
export { type TestDatabase, testDatabase } from './postgres.ts';
export { type HttpProxy, openHttpProxy, type Passing, type Verdict } from './proxy/http.ts';
export { openPostgresProxy, type PostgresProxy } from './proxy/postgres.ts';
export { type FoundRedis, findRedis, NO_REDIS } from './redis.ts';
