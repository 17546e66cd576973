import { invalidQuery } from './errors.ts';

/**
 * The functions of GoogleSQL that this sandbox knows, and what DuckDB calls them. Those named `bq_…` are macros of
 * macros.sql, because DuckDB's own differ where it matters. A function that is not listed is refused.
 */
export const FUNCTIONS: ReadonlyMap<string, string> = new Map([
  // aggregates and windows
  ...same('COUNT', 'SUM', 'MIN', 'MAX', 'AVG', 'ANY_VALUE', 'ARRAY_AGG', 'STRING_AGG'),
  ...same('ROW_NUMBER', 'RANK', 'DENSE_RANK', 'LAG', 'LEAD', 'FIRST_VALUE', 'LAST_VALUE'),
  ['COUNTIF', 'count_if'],
  ['LOGICAL_AND', 'bool_and'],
  ['LOGICAL_OR', 'bool_or'],
  // conditions
  ...same('COALESCE', 'NULLIF', 'IFNULL', 'IF', 'ABS', 'EXISTS'),
  ['SAFE_DIVIDE', 'bq_safe_divide'],
  ['GREATEST', 'bq_greatest'],
  ['LEAST', 'bq_least'],
  // text
  ...same('LOWER', 'UPPER', 'STARTS_WITH', 'REVERSE'),
  ['LENGTH', 'bq_length'],
  ['CHAR_LENGTH', 'bq_length'],
  ['TRIM', 'bq_trim'],
  ['SUBSTR', 'bq_substr'],
  ['SUBSTRING', 'bq_substr'],
  ['ENDS_WITH', 'ends_with'],
  ['CONCAT', 'bq_concat'],
  ['REGEXP_CONTAINS', 'regexp_matches'],
  ['SHA256', 'bq_sha256'],
  ['TO_HEX', 'bq_to_hex'],
  ['GENERATE_UUID', 'bq_generate_uuid'],
  // arrays
  ...same('UNNEST', 'ARRAY'),
  ['ARRAY_LENGTH', 'len'],
  // JSON
  ['PARSE_JSON', 'bq_parse_json'],
  ['TO_JSON', 'to_json'],
  ['TO_JSON_STRING', 'bq_to_json_string'],
  ['JSON_VALUE', 'bq_json_value'],
  ['JSON_QUERY', 'bq_json_query'],
  ['JSON_QUERY_ARRAY', 'bq_json_query_array'],
  ['JSON_VALUE_ARRAY', 'bq_json_value_array'],
  ['JSON_TYPE', 'bq_json_type'],
  ['JSON_KEYS', 'bq_json_keys'],
  // time
  ['CURRENT_TIMESTAMP', 'now'],
  ['CURRENT_DATE', 'bq_current_date'],
  ['TIMESTAMP', 'bq_timestamp'],
  ['DATE', 'bq_date'],
  ['TIMESTAMP_ADD', 'bq_timestamp_add'],
  ['TIMESTAMP_SUB', 'bq_timestamp_sub'],
  ['TIMESTAMP_DIFF', 'bq_timestamp_diff'],
  ['TIMESTAMP_TRUNC', 'bq_timestamp_trunc'],
  ['TIMESTAMP_MICROS', 'bq_timestamp_micros'],
  ['TIMESTAMP_MILLIS', 'bq_timestamp_millis'],
  ['TIMESTAMP_SECONDS', 'bq_timestamp_seconds'],
  ['UNIX_MICROS', 'epoch_us'],
  ['UNIX_MILLIS', 'bq_unix_millis'],
  ['UNIX_SECONDS', 'bq_unix_seconds'],
]);

function same(...names: string[]): [string, string][] {
  return names.map((name) => [name, name.toLowerCase()]);
}

/** Words that may stand before `(` and are no functions. */
export const BEFORE_PAREN: ReadonlySet<string> = new Set(
  `ALL AND AS BETWEEN BY CASE DISTINCT ELSE EXCEPT FROM HAVING IN INTERSECT IS JOIN LIKE LIMIT NOT ON OR OVER QUALIFY
   REPLACE SELECT THEN UNION USING VALUES WHEN WHERE`.split(/\s+/),
);

/** The words of a query that both understand alike. Every other name is quoted, so that DuckDB cannot take it for a word of its own. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  `ALL AND AS ASC BETWEEN BY CASE CROSS CURRENT DEFAULT DESC DISTINCT ELSE END EXCEPT EXISTS FALSE FOLLOWING FROM FULL GROUP
   HAVING IGNORE IN INNER INTERSECT INTERVAL IS JOIN LEFT LIKE LIMIT NATURAL NOT NULL NULLS ON OR ORDER OUTER OVER PARTITION
   PRECEDING QUALIFY RANGE RESPECT RIGHT ROWS SELECT SET THEN TRUE UNBOUNDED UNION USING WHEN WHERE WINDOW WITH`.split(
    /\s+/,
  ),
);

/** Words of GoogleSQL that name nothing unless in backticks, and that this sandbox does not know. */
export const RESERVED: ReadonlySet<string> = new Set(
  `ANY ARRAY ASSERT_ROWS_MODIFIED AT CAST COLLATE CONTAINS CREATE CUBE DEFINE ENUM ESCAPE EXCLUDE EXTRACT FETCH FOR GROUPING
   GROUPS HASH IF INTO LATERAL LOOKUP MERGE NEW NO OF PROTO RECURSIVE ROLLUP SOME STRUCT TABLESAMPLE TO TREAT UNNEST
   WITHIN`.split(/\s+/),
);

/** GoogleSQL type → DuckDB type. */
export const TYPES: ReadonlyMap<string, string> = new Map([
  ['INT64', 'BIGINT'],
  ['INTEGER', 'BIGINT'],
  ['INT', 'BIGINT'],
  ['BIGINT', 'BIGINT'],
  ['FLOAT64', 'DOUBLE'],
  ['FLOAT', 'DOUBLE'],
  ['NUMERIC', 'DECIMAL(38,9)'],
  ['BOOL', 'BOOLEAN'],
  ['BOOLEAN', 'BOOLEAN'],
  ['STRING', 'VARCHAR'],
  ['BYTES', 'BLOB'],
  ['JSON', 'JSON'],
  ['DATE', 'DATE'],
  ['DATETIME', 'TIMESTAMP'],
  ['TIMESTAMP', 'TIMESTAMPTZ'],
]);

/** Parts of a timestamp, as `TIMESTAMP_DIFF(a, b, HOUR)` and `INTERVAL 1 HOUR` name them. */
export const PARTS: ReadonlySet<string> = new Set(['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR', 'DAY']);

/** @throws {ApiError} for a type that this sandbox does not know */
export function typeOf(name: string | undefined): string {
  const type = TYPES.get(name?.toUpperCase() ?? '');
  if (type === undefined) throw invalidQuery(`Type not known to this sandbox: ${name}`);
  return type;
}
