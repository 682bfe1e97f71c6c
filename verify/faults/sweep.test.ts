import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { untilCaughtUp } from '../../scripts/load/lags.ts';
import { openInstallation, type TestInstallation } from '../../test/support/application.ts';
import { type ClusterProduct, startClusterProduct } from '../../test/support/cluster-product.ts';
import { engine, engineSkip } from '../../test/support/engines.ts';
import { holdsTheSweep, plantBoth, targetOf, WIDE_LIMITS } from '../../test/support/sweep/suite.ts';

/** How many values of each argument are tried. */
const MOST = 8;
const NAME =
  'no answer of any address holds a word of another tenant, nor a personal one without leads:pii, and none is INTERNAL';

for (const profile of ['embedded', 'postgres'] as const)
  describe(`the large sweep on ${profile}`, () => {
    let installation: TestInstallation;
    before(async () => {
      installation = await openInstallation(WIDE_LIMITS, profile);
      await plantBoth(targetOf(installation));
    });
    after(() => installation.close());

    test(NAME, (t) => holdsTheSweep(targetOf(installation), t, MOST));
  });

describe('the large sweep on the cluster', {
  skip: engineSkip('kafka', 'phoenix', 'solr', 'druid', 'druid-coordinator'),
}, () => {
  let product: ClusterProduct;
  before(async () => {
    product = await startClusterProduct(
      {
        kafka: engine('kafka'),
        pqs: engine('phoenix'),
        solr: engine('solr'),
        druid: engine('druid'),
        druidCoordinator: engine('druid-coordinator'),
      },
      `sweep${randomBytes(4).toString('hex')}`,
      ['one', 'two'],
      WIDE_LIMITS,
    );
    await plantBoth(targetOfProduct());
    await untilCaughtUp(product.lag, 1_000);
  });
  after(() => product.close());

  const targetOfProduct = () => ({
    address: product.api,
    token: product.token,
    writeKey: product.writeKey,
  });

  test(NAME, (t) => holdsTheSweep(targetOfProduct(), t, MOST));
});
