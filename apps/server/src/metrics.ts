import { createMetrics, type HealthReport, remembered } from '@contact-sync/monitor';
import type { RequestHandler } from 'express';

/** Several Prometheus may scrape, and anybody may in a loop: it is counted no oftener than this. */
const FRESH_MS = 1_000;

/** Answers 200 whatever is away, with what can be told: an alert on what is missing is worth more than a failed scrape. */
export function metricsPage(report: () => Promise<HealthReport>): RequestHandler {
  const metrics = createMetrics(report);
  const text = remembered(FRESH_MS, () => metrics.text());
  return async (_request, response) => {
    const body = await text();
    response.set('Content-Type', metrics.contentType).end(body);
  };
}
