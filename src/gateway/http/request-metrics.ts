import type { FastifyInstance } from 'fastify';
import type { Counter, Metrics } from '../../core/metrics.ts';

/** Counts requests by route and status, and observes how long they took. */
export function measureRequests(app: FastifyInstance, metrics: Metrics): void {
  const seconds = metrics.histogram(
    'watchkeeper_http_request_seconds',
    'Time from a request to its answer.',
    [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 10],
  );
  const counters = new Map<string, Counter>();
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.config.route ?? 'none';
    const key = `${reply.statusCode} ${route}`;
    let counter = counters.get(key);
    if (counter === undefined) {
      counter = metrics.counter('watchkeeper_http_requests_total', 'Requests answered.', {
        route,
        status: String(reply.statusCode),
      });
      counters.set(key, counter);
    }
    counter.inc();
    seconds.observe(reply.elapsedTime / 1000);
    done();
  });
}
