import { randomBytes } from 'node:crypto';
import { serveEnvironment } from '../../scripts/cluster/serve-environment.ts';
import { openInstallation } from '../support/application.ts';
import { engine, engineSkip } from '../support/engines.ts';
import { sendersContract } from './senders.ts';

/** The API alone: what is asked here is in the store when it is written, and needs no worker. */
sendersContract(
  'cluster',
  { skip: engineSkip('kafka', 'phoenix', 'solr', 'druid', 'druid-coordinator'), hasCampaigns: false },
  () => {
    const { DATA_DIR: _own, ...env } = serveEnvironment(
      {
        kafka: engine('kafka'),
        pqs: engine('phoenix'),
        solr: engine('solr'),
        druid: engine('druid'),
        druidCoordinator: engine('druid-coordinator'),
      },
      '',
    );
    return openInstallation({
      ...env,
      ROLES: 'api',
      CLUSTER_NAME: `senders${randomBytes(4).toString('hex')}`,
    });
  },
);
