export { type BigQueryOptions, createBigQuery } from './adapter.ts';
