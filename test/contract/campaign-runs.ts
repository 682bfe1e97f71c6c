import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type {
  CampaignRuns,
  LeasedRun,
  Run,
  RunQuestion,
  RunStep,
} from '../../src/datasources/campaign-runs/port.ts';
import { EXPORT_START, type PersonalRecord } from '../../src/datasources/personal-data.ts';
import { EVERYBODY } from '../../src/domain/campaigns/batch.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { DAY, HOUR, NOW } from '../support/activities.ts';
import { aDecision } from '../support/campaigns.ts';
import { campaignRunsProperties } from './campaign-runs-properties.ts';

type RunsFixture = { readonly runs: CampaignRuns; close(): Promise<void> };

const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`runs-${process.pid}-${tenants++}`);
const lead = (n: number): string => `${String(n).padStart(21, '-')}A`;
const [ANN, BOB] = [lead(1), lead(2)] as const;
const LEASE_MS = 60_000;

const everything: RunQuestion = {
  campaignId: null,
  personKey: null,
  statuses: null,
  first: 100,
  after: null,
};
const done = (run: Run): Run => ({ ...run, status: 'DONE', dueAt: null });
const aStep = (path: string, more: Partial<RunStep> = {}): RunStep => ({
  path,
  action: 'changeScore',
  status: 'DONE',
  at: NOW,
  detail: {},
  ...more,
});

/** What every adapter of campaign runs must keep. */
export function campaignRunsContract(name: string, open: () => Promise<RunsFixture>): void {
  describe(`campaign runs: ${name}`, () => {
    let fixture: RunsFixture;
    let runs: CampaignRuns;
    before(async () => {
      fixture = await open();
      runs = fixture.runs;
    });
    after(() => fixture.close());

    /** Runs of one tenant that are due; others' may be leased with them. */
    const lease = async (tenant: Tenant, now = NOW, more: { max?: number; perTenant?: number } = {}) =>
      (
        await runs.lease({ now, leaseMs: LEASE_MS, max: 1_000, perTenant: 100, except: [], ...more }, signal)
      ).filter(({ tenantId }) => tenantId === tenant.id);
    const only = (leased: readonly LeasedRun[]): LeasedRun => {
      assert.equal(leased.length, 1);
      return leased[0] as LeasedRun;
    };
    const get = async (tenant: Tenant, id: string) => (await runs.get(tenant, [id], signal))[0] ?? null;

    test('a decision becomes a run once, each tenant its own', async () => {
      const [one, two] = [newTenant(), newTenant()];
      const decision = aDecision(one.id, ANN, { activityId: 'A'.repeat(51), depth: 3, order: NOW + 30_000 });
      const other = aDecision(one.id, BOB, { receivedAt: NOW + DAY });
      await runs.add(one, [decision, other, decision], signal);
      const { order: _, ...plain } = decision;
      const run: Run = {
        ...plain,
        status: 'NEW',
        personKey: ANN,
        step: 0,
        dueAt: NOW,
        enteredAt: null,
        attempts: 0,
        reason: null,
      };
      assert.deepEqual(await runs.get(one, [decision.id, 'none'], signal), [run, null]);
      assert.deepEqual(await get(two, decision.id), null);
      const leased = only(await lease(one));
      const saved: Run = {
        ...run,
        status: 'FAILED',
        personKey: BOB,
        step: 2,
        dueAt: null,
        enteredAt: NOW + 1,
        attempts: 3,
        reason: 'Grüße 💡',
      };
      assert.equal(await runs.save(one, leased, saved, [], signal), true);
      await runs.add(one, [decision], signal);
      assert.deepEqual(await get(one, decision.id), saved, 'a repeated decision changes nothing');
      await runs.add(one, [], signal);
    });

    test('a run is leased to one caller until it is saved, or the lease ends', async () => {
      const tenant = newTenant();
      await runs.add(tenant, [aDecision(tenant.id, ANN)], signal);
      assert.deepEqual(await lease(tenant, NOW - 1), [], 'not before it is due');
      const calls = await Promise.all([lease(tenant), lease(tenant), lease(tenant), lease(tenant)]);
      const first = only(calls.flat());
      assert.deepEqual(await lease(tenant, NOW + LEASE_MS - 1), []);
      const second = only(await lease(tenant, NOW + LEASE_MS));
      assert.notEqual(first.lease, second.lease);
      assert.equal(await runs.save(tenant, first, done(first.run), [aStep('0')], signal), false);
      assert.deepEqual(await get(tenant, first.run.id), first.run, 'a lost lease writes no run');
      assert.deepEqual(await runs.steps(tenant, first.run.id, signal), [], 'a lost lease writes no step');
      assert.equal(await runs.save(tenant, second, done(second.run), [], signal), true);
      assert.equal(await runs.save(tenant, second, second.run, [], signal), false, 'it is given up');
      assert.deepEqual(await lease(tenant, NOW + DAY), []);
    });

    test('a run that starts a campaign for everybody is leased and saved like any other', async () => {
      const tenant = newTenant();
      await runs.add(tenant, [aDecision(tenant.id, EVERYBODY)], signal);
      const leased = only(await lease(tenant));
      assert.equal(leased.run.personKey, EVERYBODY);
      assert.deepEqual(await lease(tenant), []);
      const waiting: Run = { ...leased.run, status: 'WAITING', step: 7, dueAt: NOW + 1 };
      assert.equal(await runs.save(tenant, leased, waiting, [], signal), true);
      const again = only(await lease(tenant, NOW + 1));
      assert.deepEqual(again.run, waiting);
      assert.equal(await runs.save(tenant, again, done(again.run), [], signal), true);
    });

    test('a wait is due at its time and not before', async () => {
      const tenant = newTenant();
      await runs.add(tenant, [aDecision(tenant.id, ANN)], signal);
      const leased = only(await lease(tenant));
      const waiting: Run = { ...leased.run, status: 'WAITING', step: 1, dueAt: NOW + HOUR, enteredAt: NOW };
      assert.equal(await runs.save(tenant, leased, waiting, [aStep('0')], signal), true);
      assert.deepEqual(await lease(tenant, NOW + HOUR - 1), []);
      assert.deepEqual(only(await lease(tenant, NOW + HOUR)).run, waiting);
    });

    test('steps come back in the order they were done, and one that is done again replaces itself', async () => {
      const tenant = newTenant();
      await runs.add(tenant, [aDecision(tenant.id, ANN)], signal);
      const first = only(await lease(tenant));
      const failed = aStep('10', {
        status: 'FAILED',
        detail: { reason: 'Grüße \u0000 💡', 'a"\\': [1.5, null] },
      });
      const steps = [aStep('9', { at: NOW - 2 }), aStep('2.0', { at: NOW - 1 }), failed];
      const waiting: Run = { ...first.run, status: 'FAILED', dueAt: null };
      await runs.save(tenant, first, waiting, steps, signal);
      assert.deepEqual(await runs.steps(tenant, first.run.id, signal), steps);
      assert.equal(await runs.replay(tenant, first.run.id, NOW, signal), true);
      const second = only(await lease(tenant));
      const mended = aStep('10', { at: NOW + 5, action: 'none', status: 'SKIPPED' });
      const last = aStep('11', { at: NOW + 6 });
      await runs.save(tenant, second, done(second.run), [mended, last], signal);
      assert.deepEqual(await runs.steps(tenant, first.run.id, signal), [...steps.slice(0, 2), mended, last]);
      assert.deepEqual(await runs.steps(newTenant(), first.run.id, signal), []);
    });

    test('runs of one person are leased one after the other, each at last', async () => {
      const tenant = newTenant();
      const decisions = Array.from({ length: 30 }, (_, n) =>
        aDecision(tenant.id, n % 3 === 0 ? BOB : ANN, { receivedAt: NOW + n, order: NOW + n }),
      );
      await runs.add(tenant, decisions, signal);
      const seen: string[] = [];
      for (let looks = 0; looks < 40; looks += 1) {
        const leased = await lease(tenant, NOW + HOUR);
        const persons = leased.map(({ run }) => run.personKey);
        assert.equal(new Set(persons).size, persons.length);
        assert.deepEqual(await lease(tenant, NOW + HOUR), [], 'both people are busy');
        seen.push(...leased.map(({ run }) => run.id));
        for (const each of leased)
          assert.equal(await runs.save(tenant, each, done(each.run), [], signal), true);
        if (leased.length === 0) break;
      }
      const ofAnn = (ids: readonly string[]) =>
        ids.filter((id) => decisions.some((run) => run.id === id && run.leadKey === ANN));
      assert.deepEqual(ofAnn(seen), ofAnn(decisions.map(({ id }) => id)), "a person's runs keep their order");
      assert.equal(seen.length, decisions.length);
    });

    test('a run that is saved for another person waits for that person', async () => {
      const tenant = newTenant();
      await runs.add(tenant, [aDecision(tenant.id, ANN), aDecision(tenant.id, BOB)], signal);
      const leased = await lease(tenant);
      const ofAnn = leased.find(({ run }) => run.personKey === ANN);
      const ofBob = leased.find(({ run }) => run.personKey === BOB);
      assert.ok(ofAnn && ofBob);
      const moved: Run = { ...ofAnn.run, personKey: BOB };
      assert.equal(await runs.save(tenant, ofAnn, moved, [], signal), true);
      assert.deepEqual(await lease(tenant, NOW + 1), [], 'Bob has a leased run');
      assert.equal(await runs.save(tenant, ofBob, done(ofBob.run), [], signal), true);
      assert.deepEqual(only(await lease(tenant, NOW + 1)).run, moved);
    });

    test('the order of a queue is arrival and cost of priority', async () => {
      const tenant = newTenant();
      const low = aDecision(tenant.id, lead(1), { receivedAt: NOW, order: NOW + 300_000 });
      const medium = aDecision(tenant.id, lead(2), { receivedAt: NOW + 1_000, order: NOW + 31_000 });
      const high = aDecision(tenant.id, lead(3), { receivedAt: NOW + 2_000, order: NOW + 2_000 });
      const late = aDecision(tenant.id, lead(4), { receivedAt: NOW + 299_000, order: NOW + 299_000 });
      const latest = aDecision(tenant.id, lead(5), { receivedAt: NOW + 301_000, order: NOW + 301_000 });
      await runs.add(tenant, [low, medium, high, late, latest], signal);
      const order: string[] = [];
      for (let count = 0; count < 5; count += 1)
        order.push(only(await lease(tenant, NOW + HOUR, { perTenant: 1 })).run.id);
      assert.deepEqual(
        order,
        [high, medium, late, low, latest].map(({ id }) => id),
      );
    });

    test("a tenant with many due runs does not delay another's one", async () => {
      const [big, other, small] = [newTenant(), newTenant(), newTenant()];
      // Long before all that other tests leave behind.
      const then = NOW - 10_000 * DAY;
      const flood = (tenant: Tenant) =>
        Array.from({ length: 10_000 }, (_, n) => aDecision(tenant.id, lead(n), { receivedAt: then + n }));
      for (const tenant of [big, other])
        for (const decisions of [flood(tenant)])
          for (let start = 0; start < decisions.length; start += 1_000)
            await runs.add(tenant, decisions.slice(start, start + 1_000), signal);
      const now = then + HOUR;
      const request = { now, leaseMs: LEASE_MS, perTenant: 4, except: [] };
      const busy = await runs.lease({ ...request, max: 8 }, signal);
      assert.deepEqual(
        new Map([...Map.groupBy(busy, (run) => run.tenantId)].map(([id, own]) => [id, own.length])),
        new Map([
          [big.id, 4],
          [other.id, 4],
        ]),
      );
      await runs.add(small, [aDecision(small.id, ANN, { receivedAt: now })], signal);
      // One place becomes free, in a queue of 19,992 that came before.
      const freed = busy.find(({ tenantId }) => tenantId === big.id) as LeasedRun;
      await runs.save(big, freed, done(freed.run), [], signal);
      const next = await runs.lease({ ...request, max: 1 }, signal);
      assert.deepEqual(
        next.map(({ tenantId }) => tenantId),
        [small.id],
      );
      const after = await runs.lease({ ...request, max: 2, except: [other.id] }, signal);
      assert.deepEqual(
        after.map(({ tenantId }) => tenantId),
        [big.id, big.id],
        'a tenant that is left out gets none',
      );
    });

    test('a note stays what its first caller made it', async () => {
      const tenant = newTenant();
      const notes: JsonObject[] = [{ value: 1, text: 'Grüße \u0000' }, { value: 2 }, { value: 3 }];
      const stand = await Promise.all(notes.map((note) => runs.intend(tenant, 'run', '0', note, signal)));
      assert.ok(notes.some((note) => JSON.stringify(note) === JSON.stringify(stand[0])));
      for (const note of stand) assert.deepEqual(note, stand[0]);
      assert.deepEqual(await runs.intend(tenant, 'run', '0', { value: 4 }, signal), stand[0]);
      assert.deepEqual(await runs.intend(tenant, 'run', '1', { value: 4 }, signal), { value: 4 });
      assert.deepEqual(await runs.intend(newTenant(), 'run', '0', { value: 5 }, signal), { value: 5 });
    });

    test('leaving the flow ends what began up to a time, but for one, and gives its place free', async () => {
      const tenant = newTenant();
      const decisions = [
        aDecision(tenant.id, ANN),
        aDecision(tenant.id, ANN, { receivedAt: NOW + 1 }),
        aDecision(tenant.id, ANN, { campaignId: 'campaign-2', receivedAt: NOW + 2 }),
        aDecision(tenant.id, ANN, { receivedAt: NOW + HOUR }),
        aDecision(tenant.id, BOB),
      ] as const;
      await runs.add(tenant, decisions, signal);
      const leased = (await lease(tenant, NOW + 2)).find(({ run }) => run.personKey === ANN);
      assert.equal(leased?.run.id, decisions[0].id);
      await lease(tenant, NOW + 3);
      const statuses = async () =>
        (
          await runs.get(
            tenant,
            decisions.map(({ id }) => id),
            signal,
          )
        ).map((run) => run?.status);
      const remove = (campaignId: string | null, except: string) =>
        runs.removeFromFlow(tenant, ANN, campaignId, except, NOW + 10, signal);
      assert.equal(await remove('campaign-1', decisions[0].id), 1);
      assert.deepEqual(await statuses(), ['NEW', 'REMOVED', 'NEW', 'NEW', 'NEW']);
      assert.equal(await remove(null, decisions[2].id), 1, 'also one that is leased');
      assert.deepEqual(await statuses(), ['REMOVED', 'REMOVED', 'NEW', 'NEW', 'NEW']);
      assert.equal(await remove(null, decisions[2].id), 0);
      assert.equal(await runs.save(tenant, leased, leased.run, [], signal), false, 'its lease is lost');
      const next = only(await lease(tenant, NOW + 4));
      assert.equal(next.run.id, decisions[2].id, 'the next of the person is not held up');
      assert.equal(await runs.removeFromFlow(newTenant(), ANN, null, '', NOW + DAY, signal), 0);
    });

    test('a failed run can be given to the queue again, and no other', async () => {
      const tenant = newTenant();
      const [fresh, entered] = [aDecision(tenant.id, ANN), aDecision(tenant.id, BOB)];
      await runs.add(tenant, [fresh, entered], signal);
      assert.equal(await runs.replay(tenant, fresh.id, NOW, signal), false);
      for (const leased of await lease(tenant)) {
        const failed: Run = {
          ...leased.run,
          status: 'FAILED',
          dueAt: null,
          step: 2,
          attempts: 9,
          reason: 'Why.',
        };
        const isEntered = leased.run.id === entered.id;
        await runs.save(tenant, leased, { ...failed, enteredAt: isEntered ? NOW : null }, [], signal);
      }
      assert.deepEqual(await lease(tenant, NOW + DAY), []);
      assert.equal(await runs.replay(newTenant(), fresh.id, NOW, signal), false);
      for (const { id } of [fresh, entered]) {
        assert.equal(await runs.replay(tenant, id, NOW + DAY, signal), true);
        assert.equal(await runs.replay(tenant, id, NOW + DAY, signal), false);
        const run = await get(tenant, id);
        assert.deepEqual(
          [run?.status, run?.step, run?.dueAt, run?.attempts, run?.reason],
          [id === entered.id ? 'WAITING' : 'NEW', 2, NOW + DAY, 0, null],
        );
      }
      assert.deepEqual(await lease(tenant, NOW + DAY - 1), []);
      assert.equal((await lease(tenant, NOW + DAY)).length, 2);
    });

    test('lists of runs are by campaign and person and status, the latest first, in pages', async () => {
      const tenant = newTenant();
      const decisions = Array.from({ length: 23 }, (_, n) =>
        aDecision(tenant.id, n % 2 === 0 ? ANN : BOB, {
          campaignId: n % 3 === 0 ? 'campaign-2' : 'campaign-1',
          receivedAt: NOW + (n % 4),
        }),
      );
      await runs.add(tenant, decisions, signal);
      const list = async (question: Partial<RunQuestion>, who = tenant) =>
        (await runs.list(who, { ...everything, ...question }, signal)).map(({ id }) => id);
      const expected = (keep: (decision: (typeof decisions)[number]) => boolean) =>
        decisions
          .filter(keep)
          .sort((a, b) => b.receivedAt - a.receivedAt || (a.id < b.id ? 1 : -1))
          .map(({ id }) => id);
      assert.deepEqual(
        await list({ personKey: ANN }),
        expected(({ leadKey }) => leadKey === ANN),
      );
      const ofSecond = expected(({ campaignId }) => campaignId === 'campaign-2');
      assert.deepEqual(await list({ campaignId: 'campaign-2' }), ofSecond);
      assert.deepEqual(
        await list({ campaignId: 'campaign-2', personKey: BOB }),
        expected(({ campaignId, leadKey }) => campaignId === 'campaign-2' && leadKey === BOB),
      );
      assert.deepEqual(await list({ campaignId: 'campaign-2', statuses: ['NEW', 'DONE'] }), ofSecond);
      assert.deepEqual(await list({ campaignId: 'campaign-2', statuses: ['DONE'] }), []);
      assert.deepEqual(await list({ campaignId: 'campaign-2', statuses: [] }), []);
      assert.deepEqual(await list({ campaignId: 'campaign-2' }, newTenant()), []);
      const seen: string[] = [];
      for (let place: RunQuestion['after'] = null; ; ) {
        const page = await runs.list(
          tenant,
          { ...everything, campaignId: 'campaign-2', first: 3, after: place },
          signal,
        );
        seen.push(...page.map(({ id }) => id));
        const last = page.at(-1);
        if (!last) break;
        place = { receivedAt: last.receivedAt, id: last.id };
      }
      assert.deepEqual(seen, ofSecond);
    });

    test('the backlog of a tenant is what is due, with the time since the oldest of it was', async () => {
      const tenant = newTenant();
      const times = [NOW - HOUR, NOW - 5, NOW, NOW + 1];
      const decisions = times.map((receivedAt, n) => aDecision(tenant.id, lead(n), { receivedAt }));
      await runs.add(tenant, decisions, signal);
      const of = async (now: number) =>
        (await runs.backlog(now, signal)).find(({ tenantId }) => tenantId === tenant.id);
      assert.deepEqual(await of(NOW), { tenantId: tenant.id, due: 3, lagMs: HOUR });
      for (const leased of await lease(tenant)) await runs.save(tenant, leased, done(leased.run), [], signal);
      assert.equal(await of(NOW), undefined);
      assert.deepEqual(await of(NOW + 10), { tenantId: tenant.id, due: 1, lagMs: 9 });
    });

    test('an erased person has no run, note, entry or message left, and others have all of theirs', async () => {
      const [tenant, elsewhere] = [newTenant(), newTenant()];
      const exported = async (who: Tenant, leads: readonly string[]): Promise<PersonalRecord[]> => {
        const records: PersonalRecord[] = [];
        let place = EXPORT_START;
        for await (const batch of runs.export(who, leads, EXPORT_START, signal)) {
          records.push(...batch.records);
          place = batch.next;
        }
        for await (const rest of runs.export(who, leads, place, signal)) assert.deepEqual(rest.records, []);
        return records;
      };
      const filled = new Map<Tenant, readonly string[]>();
      for (const who of [tenant, elsewhere]) {
        const [own, merged, bobs] = [
          aDecision(who.id, ANN),
          aDecision(who.id, lead(9)),
          aDecision(who.id, BOB),
        ];
        await runs.add(who, [own, merged, bobs], signal);
        for (const leased of await lease(who)) {
          const personKey = leased.run.id === merged.id ? ANN : leased.run.personKey;
          await runs.intend(who, leased.run.id, '0', { to: 'x@example.com' }, signal);
          await runs.enter(who, { ...leased.run, personKey }, 0, signal);
          await runs.takeSend(who, personKey, `message-${leased.run.id}`, NOW, [], signal);
          const next: Run = { ...leased.run, personKey, status: 'WAITING', dueAt: NOW + HOUR };
          await runs.save(who, leased, next, [aStep('0', { detail: { value: 7 } })], signal);
        }
        filled.set(who, [own.id, merged.id, bobs.id]);
      }
      const [own, merged, bobs] = filled.get(tenant) as [string, string, string];
      const before = await exported(tenant, [ANN]);
      const rest: PersonalRecord[] = [];
      for await (const { records, next } of runs.export(tenant, [ANN], EXPORT_START, signal)) {
        rest.length = 0;
        rest.push(...records);
        for await (const later of runs.export(tenant, [ANN], next, signal)) rest.push(...later.records);
        assert.deepEqual(rest, before.slice(before.length - rest.length), 'it goes on from every place');
      }
      const kinds = Map.groupBy(before, ({ kind }) => kind);
      assert.deepEqual(
        new Set(kinds.get('campaignRun')?.map(({ data }) => data['id'])),
        new Set([own, merged]),
      );
      assert.ok(JSON.stringify(before).includes('x@example.com'));
      assert.ok(JSON.stringify(before).includes('"value":7'));
      assert.equal(kinds.get('campaignEntry')?.length, 2);
      assert.equal(kinds.get('campaignSend')?.length, 2);
      const erasure = { id: 'erasure', leads: [ANN], at: NOW };
      const [ofBob, others] = [await exported(tenant, [BOB]), await exported(elsewhere, [ANN, BOB])];
      const working = (await lease(tenant, NOW + HOUR)).find(({ run }) => run.personKey === ANN);
      assert.ok(working);
      for (let time = 0; time < 2; time += 1) {
        await runs.erase(tenant, erasure, signal);
        assert.deepEqual(await exported(tenant, [ANN]), []);
        assert.deepEqual(await runs.get(tenant, [own, merged], signal), [null, null]);
        assert.deepEqual(await runs.steps(tenant, own, signal), []);
        assert.equal(await runs.lastEntry(tenant, 'campaign-1', ANN, signal), null);
        assert.deepEqual(await exported(tenant, [BOB]), ofBob);
        assert.deepEqual(await exported(elsewhere, [ANN, BOB]), others);
      }
      assert.equal(await runs.save(tenant, working, working.run, [aStep('1')], signal), false);
      assert.deepEqual(await exported(tenant, [ANN]), [], 'what was at work leaves nothing');
      assert.equal((await get(tenant, bobs))?.status, 'WAITING');
    });

    campaignRunsProperties(() => runs, newTenant);

    test('an object that only looks like a tenant is refused', async () => {
      const forged = { id: newTenant().id } as unknown as Tenant;
      const isForbidden = (error: unknown) => error instanceof DomainError && error.code === 'FORBIDDEN';
      const { order: _, ...decision } = aDecision(forged.id, ANN);
      const run: Run = {
        ...decision,
        status: 'NEW',
        personKey: ANN,
        step: 0,
        dueAt: NOW,
        enteredAt: null,
        attempts: 0,
        reason: null,
      };
      const leased: LeasedRun = { tenantId: forged.id, run, lease: 'x' };
      await assert.rejects(runs.add(forged, [], signal), isForbidden);
      await assert.rejects(runs.save(forged, leased, run, [], signal), isForbidden);
      await assert.rejects(runs.intend(forged, 'r', '0', {}, signal), isForbidden);
      await assert.rejects(runs.enter(forged, run, 0, signal), isForbidden);
      await assert.rejects(runs.lastEntry(forged, 'c', ANN, signal), isForbidden);
      await assert.rejects(runs.takeSend(forged, ANN, 'm', NOW, [], signal), isForbidden);
      await assert.rejects(runs.removeFromFlow(forged, ANN, null, '', NOW, signal), isForbidden);
      await assert.rejects(runs.get(forged, ['r'], signal), isForbidden);
      await assert.rejects(runs.list(forged, everything, signal), isForbidden);
      await assert.rejects(runs.steps(forged, 'r', signal), isForbidden);
      await assert.rejects(runs.replay(forged, 'r', NOW, signal), isForbidden);
      await assert.rejects(runs.erase(forged, { id: 'e', leads: [], at: NOW }, signal), isForbidden);
      await assert.rejects(
        runs.export(forged, [], EXPORT_START, signal)[Symbol.asyncIterator]().next(),
        isForbidden,
      );
    });
  });
}
