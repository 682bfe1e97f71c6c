import { Gauge, type Registry } from 'prom-client';

/** Runs of a tenant that are due, and the time since the oldest was due, in milliseconds. */
type TenantBacklog = { readonly due: number; readonly lagMs: number };

/**
 * Shows the runs of campaigns that are due, and the wait of the tenant that waits longest. No label holds a tenant.
 * While the store does not answer, the last values stay.
 */
export function showBacklog(registry: Registry, backlog: () => Promise<readonly TenantBacklog[]>): void {
  const due = new Gauge({
    name: 'journeygraph_campaign_runs_due',
    help: 'Runs of campaigns that are due, of all tenants.',
    registers: [registry],
    async collect() {
      const tenants = await backlog().catch(() => undefined);
      if (!tenants) return;
      this.set(tenants.reduce((sum, tenant) => sum + tenant.due, 0));
      longest.set(Math.max(0, ...tenants.map(({ lagMs }) => lagMs)) / 1_000);
    },
  });
  const longest = new Gauge({
    name: 'journeygraph_campaign_lag_seconds',
    help: 'Time since the oldest due run of a campaign was due, of the tenant that waits longest.',
    registers: [registry],
  });
  due.set(0);
}
