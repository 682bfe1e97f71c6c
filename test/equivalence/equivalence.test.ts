import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { serverUrl } from '../support/databases.ts';
import { engine, engineSkip } from '../support/engines.ts';
import { freshDatabase } from '../support/postgres.ts';
import { temporaryDirectory } from '../support/temp.ts';
import { catalogue } from './catalogue/catalogue.ts';
import { DAY } from './history/items.ts';
import { differenceIn, differenceInTaken, faultIn, type Outcome } from './outcome.ts';
import { type ProfileName, type ProfileOptions, startProfile } from './profiles.ts';
import { load, record } from './run.ts';

/** Small, so that it can be run always; `npm run equivalence` takes as many as it is told. */
const ACTIVITIES = 5_000;
const endsAt = Math.floor(Date.now() / DAY) * DAY;
const entries = catalogue(endsAt);
const directory = temporaryDirectory();
/** What the profiles have in engines. */
const drops: (() => Promise<void>)[] = [];
after(async () => {
  await (await directory).remove();
  await Promise.all(drops.map((drop) => drop()));
});

/** Sends the history to a profile and asks every question; its answers stay, the profile does not. */
async function run(name: ProfileName, options: Partial<ProfileOptions> = {}): Promise<Outcome> {
  const { path: dataDir } = await directory;
  const profile = await startProfile(name, { dataDir, ...options });
  drops.push(profile.drop);
  try {
    const answers = join(dataDir, 'answers', name);
    const runOptions = {
      activities: ACTIVITIES,
      endsAt,
      directory: answers,
      patienceMs: 240_000,
      onProgress: () => {},
    };
    const loaded = await load(profile, runOptions);
    return { loaded, times: await record(profile, runOptions), directory: answers };
  } finally {
    await profile.close();
  }
}

/** All others are held against it. */
let embedded: Promise<Outcome> | undefined;
const reference = (): Promise<Outcome> => (embedded ??= run('embedded'));

function sameOn(name: ProfileName, skip: string | false, open: () => Promise<Outcome>): void {
  describe(`one history on embedded and ${name}`, { skip }, () => {
    let one: Outcome;
    let other: Outcome;
    before(async () => {
      [one, other] = await Promise.all([reference(), open()]);
    });

    test('the same is taken in, and the same refused', () => {
      assert.equal(differenceInTaken(one, other), undefined);
    });
    for (const entry of entries)
      test(entry.name, async () => {
        assert.equal(await faultIn(entry, one), undefined);
        assert.equal(await differenceIn(entry, one, other), undefined);
      });
  });
}

sameOn('postgres', false, async () =>
  run('postgres', { databaseUrl: await freshDatabase(await serverUrl()) }),
);
sameOn('cluster', engineSkip('kafka', 'phoenix', 'solr', 'druid', 'druid-coordinator'), () =>
  run('cluster', {
    cluster: {
      name: `t${randomBytes(6).toString('hex')}`,
      kafka: engine('kafka'),
      pqs: engine('phoenix'),
      solr: engine('solr'),
      druid: engine('druid'),
      druidCoordinator: engine('druid-coordinator'),
    },
  }),
);
