/** Real endpoints on loopback that people are told through: a web server, and a mail server. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/** One of each, on a free port, until the test ends. */
export interface WebEndpoint {
  readonly url: string;
  /** Bodies that were taken, or answered otherwise. */
  readonly posts: readonly { readonly path: string; readonly body: string }[];
  /** How the next requests are answered; after these with 200. */
  readonly answers: ((request: IncomingMessage, response: ServerResponse) => void)[];
  close(): Promise<void>;
}

export async function openWeb(): Promise<WebEndpoint> {
  const posts: { path: string; body: string }[] = [];
  const answers: WebEndpoint['answers'] = [];
  const server = createServer(async (request, response) => {
    posts.push({ path: request.url ?? '', body: await text(request) });
    const answer = answers.shift();
    if (answer === undefined) response.end('ok');
    else answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    url: `http://127.0.0.1:${address.port}/services/T/B/secret`,
    posts,
    answers,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export const status =
  (code: number, headers: Record<string, string> = {}) =>
  (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(code, headers).end('no');
  };

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
}

export interface MailEndpoint {
  readonly port: number;
  readonly mails: readonly Mail[];
  /** How the next messages are answered: with this code of SMTP. */
  readonly answers: number[];
  /** Nobody listens. */
  close(): Promise<void>;
}

/** Lets in `hub` with the password `s3cret`; takes nothing for `nobody@…`. @param port 0: any that is free */
export async function openMail(port = 0): Promise<MailEndpoint> {
  const mails: Mail[] = [];
  const answers: number[] = [];
  const failed = (responseCode: number) => Object.assign(new Error('no'), { responseCode });
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'hub' && password === 's3cret' ? done(null, { user: username }) : done(failed(535)),
    onRcptTo: ({ address }, _session, done) => done(address.startsWith('nobody@') ? failed(550) : null),
    onData: async (stream, { envelope: { mailFrom, rcptTo } }, done) => {
      const raw = await text(stream);
      const answer = answers.shift();
      if (answer !== undefined) return done(failed(answer));
      mails.push({ from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address), raw });
      done();
    },
  });
  // A client that gives up in the middle is no fault of ours.
  server.on('error', () => undefined);
  const listening = server.listen(port, '127.0.0.1');
  await once(listening, 'listening');
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    port: address.port,
    mails,
    answers,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
