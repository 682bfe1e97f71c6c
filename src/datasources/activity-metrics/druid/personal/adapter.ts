import { assertTenant } from '../../../../domain/tenant.ts';
import type { KafkaConfig } from '../../../activity-log/kafka/config.ts';
import type { PersonalData } from '../../../personal-data.ts';
import { type DruidConfig, openDruid } from '../client.ts';
import type { DruidIngestion } from '../setup.ts';
import { topicEnds } from '../topic.ts';
import { exportSends } from './export-sends.ts';
import { type ForgetParts, forgetLeads } from './forget.ts';

export type DruidPersonalConfig = DruidConfig &
  Pick<DruidIngestion, 'segmentGranularity'> & {
    /** Where the topic is that Druid reads. */
    readonly kafka: KafkaConfig;
  };

/** Erasure and export of people in Druid. Hourly figures name nobody, and stay. */
export function createDruidPersonal(
  config: DruidPersonalConfig,
  { all }: Pick<ForgetParts, 'all'>,
): PersonalData & { close(): Promise<void> } {
  const druid = openDruid(config);
  const parts: ForgetParts = {
    druid,
    prefix: config.prefix,
    segmentGranularity: config.segmentGranularity ?? 'DAY',
    ends: () => topicEnds(config.kafka),
    all,
  };
  return {
    async erase(tenant, erasure, signal) {
      assertTenant(tenant);
      await forgetLeads(parts, tenant, erasure, signal);
    },
    async *export(tenant, leads, after, signal) {
      assertTenant(tenant);
      yield* exportSends(parts, tenant, leads, after, signal);
    },
    close: druid.close,
  };
}
