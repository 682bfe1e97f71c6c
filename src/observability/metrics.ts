import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Unhandled } from './unhandled.ts';

/** The metrics for Prometheus. No label holds a tenant or a value from a caller. */
export type Metrics = {
  readonly registry: Registry;
  request(route: string, status: number, seconds: number): void;
  operation(operation: string, code: string | undefined): void;
  /** Shows how many items were taken in since the process began. */
  count(items: () => readonly ItemCount[]): void;
  ready(isReady: boolean): void;
  dependency(name: string, isUp: boolean): void;
  unhandled(kind: Unhandled): void;
  /** Shows how far behind the log the consumer groups of this process are. */
  follow(followers: () => readonly Follower[]): void;
};

type ItemCount = { readonly dialect: string; readonly status: string; readonly count: number };

type Follower = { readonly name: string; lag(): Promise<ReadonlyMap<number, number>> };

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const operations = new Counter({
    name: 'journeygraph_graphql_operations_total',
    help: 'GraphQL operations by kind and by the code of their first error (ok without one).',
    labelNames: ['operation', 'code'],
    registers: [registry],
  });
  const ready = new Gauge({
    name: 'journeygraph_ready',
    help: '1 while the process takes requests.',
    registers: [registry],
  });
  const dependencies = new Gauge({
    name: 'journeygraph_dependency_up',
    help: '1 while an engine, the database or the disk works, 0 while it is away.',
    labelNames: ['dependency'],
    registers: [registry],
  });
  return {
    registry,
    request: requestTimes(registry),
    operation: (operation, code) => operations.labels(operation, code ?? 'ok').inc(),
    count: itemsTakenIn(registry),
    unhandled: unhandledErrors(registry),
    follow: lagOfFollowers(registry),
    ready: (isReady) => ready.set(isReady ? 1 : 0),
    dependency: (name, isUp) => dependencies.set({ dependency: name }, isUp ? 1 : 0),
  };
}

function requestTimes(registry: Registry): Metrics['request'] {
  const requests = new Histogram({
    name: 'journeygraph_http_request_seconds',
    help: 'Time of HTTP requests by route and status.',
    labelNames: ['route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  // Finding a series by its labels costs more than observing it; routes and statuses are few.
  const known = new Map<string, ReturnType<typeof requests.labels>>();
  return (route, status, seconds) => {
    const key = `${status} ${route}`;
    let series = known.get(key);
    if (!series) known.set(key, (series = requests.labels(route, String(status))));
    series.observe(seconds);
  };
}

function itemsTakenIn(registry: Registry): Metrics['count'] {
  let itemCounts: () => readonly ItemCount[] = () => [];
  new Counter({
    name: 'journeygraph_ingested_items_total',
    help: 'Activities and identify calls judged, by dialect and verdict, replays and imports included; warned: of the accepted, those of which something was left out.',
    labelNames: ['dialect', 'status'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { dialect, status, count } of itemCounts()) this.inc({ dialect, status }, count);
    },
  });
  return (items) => {
    itemCounts = items;
  };
}

function unhandledErrors(registry: Registry): Metrics['unhandled'] {
  const unhandled = new Counter({
    name: 'journeygraph_unhandled_errors_total',
    help: 'Rejections and exceptions that no code handled. Each is a fault of ours, and in the log.',
    labelNames: ['kind'],
    registers: [registry],
  });
  for (const kind of ['unhandledRejection', 'uncaughtException'] satisfies Unhandled[])
    unhandled.labels(kind).inc(0);
  return (kind) => unhandled.labels(kind).inc();
}

function lagOfFollowers(registry: Registry): Metrics['follow'] {
  let followers: () => readonly Follower[] = () => [];
  new Gauge({
    name: 'journeygraph_consumer_lag_records',
    help: 'Records of the log that a consumer group has still to handle, of the partitions of this process.',
    labelNames: ['group'],
    registers: [registry],
    async collect() {
      // While it is not known, the last value stays; before the first there is none.
      for (const { name, lag } of followers())
        await lag().then(
          (own) => {
            const left = [...own.values()].reduce((sum, one) => sum + one, 0);
            this.set({ group: name }, left);
          },
          () => {},
        );
    },
  });
  return (all) => {
    followers = all;
  };
}
