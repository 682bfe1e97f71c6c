import type { LoadOutcome } from './sender.ts';
import type { Finding } from './verify.ts';

const ms = (milliseconds: number): string => `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;

/** The results of a load, one line each. */
export function describeLoad({ rate, latencies, tenants, cpuMicros }: LoadOutcome): string[] {
  const refused = [...tenants.values()].reduce((sum, tenant) => sum + tenant.refused, 0);
  return [
    `${Math.round(rate)} events a second acknowledged; a request p50 ${ms(latencies.quantile(0.5))}, ` +
      `p99 ${ms(latencies.quantile(0.99))}, p99.9 ${ms(latencies.quantile(0.999))}, longest ${ms(latencies.quantile(1))}`,
    `${refused} answers to come back later; the generator took ${cpuMicros.toFixed(1)} µs of CPU an event`,
    ...(tenants.size > 1
      ? [...tenants].map(
          ([id, tenant]) =>
            `  ${id}: ${tenant.acknowledged.size} batches, p50 ${ms(tenant.latencies.quantile(0.5))}, ` +
            `p99 ${ms(tenant.latencies.quantile(0.99))}, refused ${tenant.refused}`,
        )
      : []),
  ];
}

/** The findings in the stores, one line each. */
export const describeFindings = (findings: readonly Finding[]): string[] =>
  findings.map(
    ({ store, tenantId, expected, found, missing, twice, strange }) =>
      `${missing + twice + strange === 0 ? 'ok      ' : 'DIFFERS '} ${store.padEnd(26)} ${tenantId.padEnd(10)} ` +
      `${expected} sent, ${found} found, ${missing} missing, ${twice} twice, ${strange} strange`,
  );

export const isWhole = (findings: readonly Finding[]): boolean =>
  findings.every(({ missing, twice, strange }) => missing + twice + strange === 0);
