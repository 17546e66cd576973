import canonicalize from 'canonicalize';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** The RFC 8785 form: sorted keys, one spelling for each number, no blanks. Source: https://www.rfc-editor.org/rfc/rfc8785 */
export function canonicalJson(value: Json): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}
