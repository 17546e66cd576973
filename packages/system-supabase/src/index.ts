export { createSupabase, type Supabase, type SupabaseOptions } from './adapter.ts';
export { supabaseSql } from './install.ts';
