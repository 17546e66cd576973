export { createSqlite, type SqliteOptions } from './adapter.ts';
