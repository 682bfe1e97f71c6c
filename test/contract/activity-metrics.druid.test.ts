import { describe } from 'node:test';
import { druidFixture } from '../support/druid.ts';
import { engineSkip } from '../support/engines.ts';
import { activityMetricsContract } from './activity-metrics.ts';

describe('on a real Druid and Kafka', { skip: engineSkip('druid', 'druid-coordinator', 'kafka') }, () => {
  activityMetricsContract('druid adapter', () => druidFixture());
});
