import { expect } from 'vitest';
import { contactSync } from './contact-sync.ts';

interface Check {
  readonly what: string;
  readonly status: string;
  readonly found: string;
  readonly mend: string | null;
}

/** Whatever is a secret in an environment. */
const secrets = (env: Readonly<Record<string, string>>) =>
  Object.entries(env).flatMap(([name, value]) => {
    if (/KEY|SECRET|TOKEN/.test(name)) return [value];
    const password = URL.parse(value)?.password;
    return password ? [password] : [];
  });

/** What the doctor says, after it was seen to keep its secrets and to have advice for whatever is wrong. */
export async function examined(folder: string, env: Readonly<Record<string, string>>) {
  const { code, out, err } = await contactSync(['doctor', '--json'], { CONTACT_SYNC_DATA: folder, ...env });
  for (const secret of secrets(env)) expect(out + err).not.toContain(secret);
  expect(err).toBe('');
  const { ok, checks }: { ok: boolean; checks: readonly Check[] } = JSON.parse(out);
  expect(code).toBe(ok ? 0 : 1);
  const of = (status: string) => checks.filter((check) => check.status === status);
  for (const { mend } of [...of('failed'), ...of('warning')]) expect(mend).toMatch(/\.$/);
  return { ok, checks, failed: of('failed').map(({ what }) => what), warned: of('warning').map(({ what }) => what) };
}
