/** What has no default. */
export const LEAST = {
  BIGQUERY_PROJECT: 'project',
  BIGQUERY_DATASET: 'contacts',
  SUPABASE_URL: 'https://example.supabase.co',
  SUPABASE_SECRET_KEY: 'sb_secret_example',
  TWENTY_URL: 'https://twenty.example',
  TWENTY_API_KEY: 'key-of-twenty',
  TWENTY_WEBHOOK_SECRET: 'secret-of-twenty',
};
