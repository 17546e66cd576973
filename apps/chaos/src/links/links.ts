/** The network of one process: a link of its own to every system, the ledger and the queue. */
import { type HttpProxy, openHttpProxy, type Passing, type Verdict } from '@contact-sync/testkit';
import { openTcpLink, type TcpLink } from './tcp.ts';

export const LINKS = ['ledger', 'queue', 'local', 'supabase', 'twenty', 'bigquery'] as const;
export type LinkName = (typeof LINKS)[number];
/** Those that speak HTTP, and whose answers can be spoilt. */
export const WEB_LINKS = ['supabase', 'twenty', 'bigquery'] as const satisfies readonly LinkName[];
export type WebLink = (typeof WEB_LINKS)[number];

const VARIABLES: Readonly<Record<LinkName, string>> = {
  ledger: 'LEDGER_URL',
  queue: 'QUEUE_URL',
  local: 'LOCAL_URL',
  supabase: 'SUPABASE_URL',
  twenty: 'TWENTY_URL',
  bigquery: 'BIGQUERY_EMULATOR_HOST',
};

type Judge = (passing: Passing) => Verdict;

/** The answers of one system to one process. */
export interface Answers {
  spoil(judge: Judge | null): void;
  /** Asked before {@link spoil}: for one answer that is to be lost. */
  lose(judge: Judge | null): void;
}

export interface Links {
  /** The environment with every address replaced by the proxy before it. */
  readonly env: Readonly<Record<string, string>>;
  /** `null` where there is no network: a file. */
  tcp(name: LinkName): TcpLink | null;
  answers(name: WebLink): Answers;
  close(): Promise<void>;
}

/** @param env where the systems really are */
export async function openLinks(env: Readonly<Record<string, string>>): Promise<Links> {
  const stack = new AsyncDisposableStack();
  const tcp = new Map<LinkName, TcpLink>();
  const web = new Map<LinkName, Answers>();
  const replaced: Record<string, string> = { ...env };
  for (const name of LINKS) {
    const address = env[VARIABLES[name]];
    if (address === undefined) throw new Error(`${VARIABLES[name]} is not set`);
    if (address.startsWith('sqlite:')) continue;
    const url = new URL(address);
    let { port } = url;
    if (WEB_LINKS.some((one) => one === name)) {
      const proxy = await openHttpProxy(address);
      stack.defer(() => proxy.close());
      web.set(name, answersOf(proxy));
      ({ port } = new URL(proxy.url));
    }
    const link = await openTcpLink(Number(port));
    stack.defer(() => link.close());
    tcp.set(name, link);
    // Clients put paths of their own behind an address without a slash.
    replaced[VARIABLES[name]] = Object.assign(url, { hostname: '127.0.0.1', port: `${link.port}` }).href.replace(
      /\/$/,
      '',
    );
  }
  return {
    env: replaced,
    tcp: (name) => tcp.get(name) ?? null,
    answers(name) {
      const answers = web.get(name);
      if (answers === undefined) throw new Error(`${name} speaks no HTTP`);
      return answers;
    },
    close: () => stack.disposeAsync(),
  };
}

function answersOf(proxy: HttpProxy): Answers {
  let spoiling: Judge | null = null;
  let losing: Judge | null = null;
  proxy.judge((passing) => losing?.(passing) ?? spoiling?.(passing));
  return {
    spoil(judge) {
      spoiling = judge;
    },
    lose(judge) {
      losing = judge;
    },
  };
}
