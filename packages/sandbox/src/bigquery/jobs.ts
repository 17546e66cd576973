import { randomUUID } from 'node:crypto';
import type { Engine, QueryAnswer, QueryRequest } from './engine.ts';
import { invalid, notFound } from './errors.ts';
import { cellOf, type Field, type Format, fieldOf, type WireRow } from './wire.ts';

interface Job {
  readonly id: string;
  readonly answer: QueryAnswer;
  readonly fields: readonly Field[];
  readonly at: number;
}

export interface Page {
  readonly maxResults: number | undefined;
  readonly pageToken: string | undefined;
  readonly format: Format;
}

/** A page of results is cut at 10 MB, as documented for jobs.getQueryResults. */
const MAX_PAGE_BYTES = 10 * 1024 * 1024;
/** So many results are kept for paging; BigQuery keeps them a day. */
const KEPT_JOBS = 200;

/** Queries and their results: they run at once, so that every job is done as soon as it is known. */
export class Jobs {
  readonly #engine: Engine;
  readonly #jobs = new Map<string, Job>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async run(request: QueryRequest, id: string = randomUUID()): Promise<Job> {
    const answer = await this.#engine.query(request);
    const fields = answer.names.map((name, index) => {
      const type = answer.types[index];
      if (type === undefined) throw invalid('a column without a type');
      return fieldOf(name, type);
    });
    const job = { id, answer, fields, at: Date.now() };
    this.#jobs.set(id, job);
    for (const old of this.#jobs.keys()) {
      if (this.#jobs.size <= KEPT_JOBS) break;
      this.#jobs.delete(old);
    }
    return job;
  }

  get(id: string): Job {
    const job = this.#jobs.get(id);
    if (job === undefined) throw notFound(`Job ${this.#engine.project}:${id}`);
    return job;
  }

  has(id: string): boolean {
    return this.#jobs.has(id);
  }

  /** The answer of jobs.query and jobs.getQueryResults. */
  results(job: Job, page: Page, kind: string): object {
    const { rows, affected } = job.answer;
    const from = Number(page.pageToken ?? 0);
    if (!Number.isSafeInteger(from) || from < 0) throw invalid('Invalid page token');
    const most = Math.min(rows.length, from + (page.maxResults ?? Number.POSITIVE_INFINITY));
    const wire: WireRow[] = [];
    let bytes = 0;
    for (let index = from; index < most; index += 1) {
      const row = { f: (rows[index] ?? []).map((value) => cellOf(value, page.format)) };
      bytes += Buffer.byteLength(JSON.stringify(row));
      if (bytes > MAX_PAGE_BYTES && wire.length > 0) break;
      wire.push(row);
    }
    const next = from + wire.length;
    return {
      kind,
      jobComplete: true,
      jobReference: this.#reference(job),
      queryId: job.id,
      ...(job.answer.statement === 'SELECT'
        ? { schema: { fields: job.fields }, totalRows: String(rows.length), rows: wire }
        : { totalRows: '0' }),
      ...(affected === null ? {} : { numDmlAffectedRows: String(affected) }),
      ...(next < rows.length ? { pageToken: String(next) } : {}),
      totalBytesProcessed: '0',
      cacheHit: false,
      errors: undefined,
    };
  }

  resource(job: Job): object {
    const time = String(job.at);
    return {
      kind: 'bigquery#job',
      id: `${this.#engine.project}:${job.id}`,
      jobReference: this.#reference(job),
      configuration: { jobType: 'QUERY' },
      status: { state: 'DONE' },
      statistics: {
        creationTime: time,
        startTime: time,
        endTime: time,
        query: {
          statementType: job.answer.statement,
          totalBytesProcessed: '0',
          ...(job.answer.affected === null ? {} : { numDmlAffectedRows: String(job.answer.affected) }),
        },
      },
    };
  }

  #reference(job: Job): object {
    return { projectId: this.#engine.project, jobId: job.id, location: 'US' };
  }
}
