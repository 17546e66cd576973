-- GoogleSQL functions for DuckDB. Each either does what BigQuery documents or calls error(): none approximates.

-- Only the paths that both read the same: $.name, $."any name", $[0].
CREATE OR REPLACE MACRO bq_path(p) AS
  CASE
    WHEN regexp_full_match(p, '\$(\.[A-Za-z_][A-Za-z0-9_]*|\."[^"]*"|\[[0-9]+\])*') THEN p
    ELSE error('JSONPath not known to this sandbox')
  END;

CREATE OR REPLACE MACRO bq_parse_json(x) AS CAST(CAST(x AS VARCHAR) AS JSON);

-- BigQuery writes an INT64 beyond 2^53 as text, to_json would not: such a number is refused unless inside JSON.
CREATE OR REPLACE MACRO bq_to_json_string(x) AS
  CASE
    WHEN typeof(x) = 'JSON' THEN coalesce(CAST(x AS VARCHAR), 'null')
    WHEN typeof(x) IN ('VARCHAR', 'VARCHAR[]', 'BOOLEAN', 'INTEGER') THEN coalesce(CAST(to_json(x) AS VARCHAR), 'null')
    ELSE error('TO_JSON_STRING of this type is not known to this sandbox')
  END;

CREATE OR REPLACE MACRO bq_json_value
  (j) AS CASE WHEN json_type(j) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL ELSE json_extract_string(j, '$') END,
  (j, p) AS
    CASE
      WHEN json_type(j, bq_path(p)) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL
      ELSE json_extract_string(j, bq_path(p))
    END;

-- On a STRING, BigQuery answers with a STRING and turns a JSON null into NULL: PARSE_JSON it first.
CREATE OR REPLACE MACRO bq_json(j) AS
  CASE WHEN typeof(j) = 'JSON' THEN j ELSE error('only JSON values are known here to this sandbox: use PARSE_JSON') END;

CREATE OR REPLACE MACRO bq_json_query
  (j) AS json_extract(bq_json(j), '$'),
  (j, p) AS json_extract(bq_json(j), bq_path(p));

CREATE OR REPLACE MACRO bq_json_query_array
  (j) AS CASE WHEN json_type(bq_json(j)) = 'ARRAY' THEN json_extract(j, '$[*]') END,
  (j, p) AS
    CASE WHEN json_type(bq_json(j), bq_path(p)) = 'ARRAY' THEN json_extract(j, bq_path(p) || '[*]') END;

-- NULL when any element is no scalar, as documented.
CREATE OR REPLACE MACRO bq_json_value_array
  (j) AS
    CASE
      WHEN json_type(j) = 'ARRAY'
        AND NOT list_bool_or(list_transform(json_extract(j, '$[*]'), lambda e: json_type(e) IN ('OBJECT', 'ARRAY')))
      THEN list_transform(json_extract(j, '$[*]'), lambda e: json_extract_string(e, '$'))
    END,
  (j, p) AS
    CASE
      WHEN json_type(j, bq_path(p)) = 'ARRAY'
        AND NOT list_bool_or(
          list_transform(json_extract(j, p || '[*]'), lambda e: json_type(e) IN ('OBJECT', 'ARRAY'))
        )
      THEN list_transform(json_extract(j, p || '[*]'), lambda e: json_extract_string(e, '$'))
    END;

CREATE OR REPLACE MACRO bq_json_type(j) AS
  CASE json_type(bq_json(j))
    WHEN 'NULL' THEN 'null'
    WHEN 'BOOLEAN' THEN 'boolean'
    WHEN 'VARCHAR' THEN 'string'
    WHEN 'OBJECT' THEN 'object'
    WHEN 'ARRAY' THEN 'array'
    WHEN 'BIGINT' THEN 'number'
    WHEN 'UBIGINT' THEN 'number'
    WHEN 'DOUBLE' THEN 'number'
    WHEN 'HUGEINT' THEN 'number'
  END;

-- Top level only; BigQuery sorts keys and quotes those that are no plain names.
CREATE OR REPLACE MACRO bq_json_keys(j, depth) AS
  CASE
    WHEN depth <> 1 THEN error('JSON_KEYS is known to this sandbox with a depth of 1 only')
    WHEN json_type(bq_json(j)) = 'OBJECT' THEN
      list_sort(
        list_transform(
          json_keys(j),
          lambda k: CASE WHEN regexp_full_match(k, '[A-Za-z_][A-Za-z0-9_]*') THEN k ELSE '"' || k || '"' END
        )
      )
    ELSE []
  END;

CREATE OR REPLACE MACRO bq_sha256(x) AS unhex(sha256(x));
CREATE OR REPLACE MACRO bq_to_hex(b) AS lower(hex(CAST(b AS BLOB)));
CREATE OR REPLACE MACRO bq_generate_uuid() AS CAST(uuid() AS VARCHAR);

CREATE OR REPLACE MACRO bq_length(x) AS
  CASE WHEN typeof(x) = 'VARCHAR' THEN length(x) ELSE error('LENGTH is known to this sandbox for STRING only') END;
-- From the start only: BigQuery takes 0 for 1, and counts what is below from the end, DuckDB each in a way of its own.
CREATE OR REPLACE MACRO bq_substr
  (x, p) AS
    CASE
      WHEN typeof(x) <> 'VARCHAR' THEN error('SUBSTR is known to this sandbox for STRING only')
      WHEN p < 1 THEN error('SUBSTR is known to this sandbox from positions of 1 on only')
      ELSE substr(x, p)
    END,
  (x, p, n) AS
    CASE
      WHEN typeof(x) <> 'VARCHAR' THEN error('SUBSTR is known to this sandbox for STRING only')
      WHEN p < 1 THEN error('SUBSTR is known to this sandbox from positions of 1 on only')
      WHEN n < 0 THEN error('Third argument in SUBSTR() cannot be negative')
      ELSE substr(x, p, n)
    END;
CREATE OR REPLACE MACRO bq_trim(x) AS regexp_replace(x, '^\s+|\s+$', '', 'g');

CREATE OR REPLACE MACRO bq_concat
  (a) AS a,
  (a, b) AS a || b,
  (a, b, c) AS a || b || c,
  (a, b, c, d) AS a || b || c || d,
  (a, b, c, d, e) AS a || b || c || d || e,
  (a, b, c, d, e, f) AS a || b || c || d || e || f;

-- NULL as soon as one is NULL; DuckDB's own skip NULLs.
CREATE OR REPLACE MACRO bq_greatest(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN greatest(a, b) END;
CREATE OR REPLACE MACRO bq_least(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN least(a, b) END;
CREATE OR REPLACE MACRO bq_safe_divide(a, b) AS CAST(a AS DOUBLE) / nullif(CAST(b AS DOUBLE), 0);

CREATE OR REPLACE MACRO bq_current_date() AS CAST(timezone('UTC', now()) AS DATE);
CREATE OR REPLACE MACRO bq_timestamp(x) AS CAST(x AS TIMESTAMPTZ);
CREATE OR REPLACE MACRO bq_date
  (x) AS CASE WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN CAST(timezone('UTC', CAST(x AS TIMESTAMPTZ)) AS DATE) ELSE CAST(x AS DATE) END,
  (y, m, d) AS make_date(y, m, d);
CREATE OR REPLACE MACRO bq_timestamp_add(t, i) AS t + i;
CREATE OR REPLACE MACRO bq_timestamp_sub(t, i) AS t - i;
CREATE OR REPLACE MACRO bq_timestamp_micros(x) AS CAST(make_timestamptz(CAST(x AS BIGINT)) AS TIMESTAMPTZ);
CREATE OR REPLACE MACRO bq_timestamp_millis(x) AS make_timestamptz(CAST(x AS BIGINT) * 1000);
CREATE OR REPLACE MACRO bq_timestamp_seconds(x) AS make_timestamptz(CAST(x AS BIGINT) * 1000000);

-- Whole parts, cut off towards zero.
CREATE OR REPLACE MACRO bq_part_micros(part) AS
  CASE part
    WHEN 'MICROSECOND' THEN 1::BIGINT
    WHEN 'MILLISECOND' THEN 1000::BIGINT
    WHEN 'SECOND' THEN 1000000::BIGINT
    WHEN 'MINUTE' THEN 60000000::BIGINT
    WHEN 'HOUR' THEN 3600000000::BIGINT
    WHEN 'DAY' THEN 86400000000::BIGINT
  END;
CREATE OR REPLACE MACRO bq_timestamp_diff(a, b, part) AS
  ((epoch_us(a) - epoch_us(b)) - (epoch_us(a) - epoch_us(b)) % bq_part_micros(part)) // bq_part_micros(part);

-- Rounded down, also before 1970.
CREATE OR REPLACE MACRO bq_floor(x, step) AS x - ((x % step) + step) % step;
CREATE OR REPLACE MACRO bq_timestamp_trunc(t, part) AS make_timestamptz(bq_floor(epoch_us(t), bq_part_micros(part)));
CREATE OR REPLACE MACRO bq_unix_millis(t) AS bq_floor(epoch_us(t), 1000) // 1000;
CREATE OR REPLACE MACRO bq_unix_seconds(t) AS bq_floor(epoch_us(t), 1000000) // 1000000;
