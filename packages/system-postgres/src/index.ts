export { createPostgres, type PostgresOptions } from './adapter.ts';
