import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type {
  CampaignRuns,
  LeasedRun,
  LeaseRequest,
  Run,
  RunStep,
} from '../../src/datasources/campaign-runs/port.ts';
import { EXPORT_START, type PersonalRecord } from '../../src/datasources/personal-data.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { DAY, HOUR, NOW } from '../support/activities.ts';
import { aDecision } from '../support/campaigns.ts';

type RunsFixture = { readonly runs: CampaignRuns; close(): Promise<void> };

const signal = new AbortController().signal;
const LEASE_MS = 60_000;
let tenants = 0;
const made: string[] = [];
const newTenant = (): Tenant => {
  const tenant = verifyTenant(`runs-${process.pid}-${tenants++}`);
  made.push(tenant.id);
  return tenant;
};
const person = (letter: string): string => `${letter.repeat(21)}A`;
const [ANN, BOB] = [person('A'), person('B')] as const;

/** The guarantees of every adapter of runs. */
export function campaignRunsContract(name: string, open: () => Promise<RunsFixture>): void {
  describe(`campaign runs: ${name}`, () => {
    let fixture: RunsFixture;
    let runs: CampaignRuns;
    before(async () => {
      fixture = await open();
      runs = fixture.runs;
    });
    after(() => fixture.close());

    /** Leases runs of these tenants alone. */
    const lease = async (
      own: readonly Tenant[],
      more: Partial<LeaseRequest> = {},
    ): Promise<readonly LeasedRun[]> => {
      const ids = new Set(own.map(({ id }) => id));
      const except = made.filter((id) => !ids.has(id));
      return runs.lease({ now: NOW, leaseMs: LEASE_MS, max: 100, perTenant: 10, except, ...more }, signal);
    };
    const take = async (tenant: Tenant, more: Partial<LeaseRequest> = {}): Promise<LeasedRun> => {
      const [leased, ...others] = await lease([tenant], more);
      assert.ok(leased && others.length === 0, `one run is due, not ${others.length + (leased ? 1 : 0)}`);
      return leased;
    };
    const save = (tenant: Tenant, leased: LeasedRun, change: Partial<Run>, steps: readonly RunStep[] = []) =>
      runs.save(tenant, leased, { ...leased.run, ...change }, steps, signal);
    const finish = (tenant: Tenant, leased: LeasedRun) =>
      save(tenant, leased, { status: 'DONE', dueAt: null });

    test('a decision is one run, however often it is added, and each tenant sees its own', async () => {
      const [one, two] = [newTenant(), newTenant()];
      const decision = aDecision(one.id, ANN);
      await Promise.all([1, 2, 3].map(() => runs.add(one, [decision], signal)));
      const leased = await take(one);
      assert.equal(leased.tenantId, one.id);
      const { order: _, ...fields } = decision;
      const expected = {
        ...fields,
        status: 'NEW',
        personKey: ANN,
        step: 0,
        dueAt: NOW,
        enteredAt: null,
        attempts: 0,
        reason: null,
      };
      assert.deepEqual(leased.run, expected);
      assert.ok(await finish(one, leased));
      await runs.add(one, [decision], signal);
      assert.deepEqual(await lease([one]), [], 'a finished run does not begin again');
      assert.deepEqual(await runs.get(two, [decision.id], signal), [null]);
      assert.equal((await runs.get(one, [decision.id], signal))[0]?.status, 'DONE');
    });

    test('a run is leased to one, and again when the lease has ended; a lost lease saves nothing', async () => {
      const tenant = newTenant();
      await runs.add(tenant, [aDecision(tenant.id, ANN)], signal);
      const both = await Promise.all([lease([tenant]), lease([tenant])]);
      const [first, ...others] = both.flat();
      assert.ok(first && others.length === 0);
      const second = await take(tenant, { now: NOW + LEASE_MS + 1 });
      assert.equal(await finish(tenant, first), false);
      assert.equal((await runs.get(tenant, [first.run.id], signal))[0]?.status, 'NEW');
      assert.equal(await finish(tenant, second), true);
      assert.equal(await finish(tenant, second), false, 'a saved run is given up');
    });

    test('two runs of one person are never leased at once, those of two people are', async () => {
      const tenant = newTenant();
      const decisions = [ANN, ANN, ANN, BOB].map((lead) => aDecision(tenant.id, lead));
      await runs.add(tenant, decisions, signal);
      const seen: string[] = [];
      for (let round = 0; round < 3; round++) {
        const leased = (await Promise.all([lease([tenant]), lease([tenant])])).flat();
        const people = leased.map(({ run }) => run.personKey);
        assert.equal(new Set(people).size, people.length);
        if (round === 0) assert.deepEqual([...people].sort(), [ANN, BOB]);
        for (const one of leased) {
          seen.push(one.run.id);
          assert.ok(await finish(tenant, one));
        }
      }
      assert.deepEqual(seen.sort(), decisions.map(({ id }) => id).sort());
    });

    test('each tenant gets its share, and the order is that of the queue', async () => {
      const [busy, quiet] = [newTenant(), newTenant()];
      const flood = Array.from({ length: 2_000 }, (_, index) =>
        aDecision(busy.id, `${String(index).padStart(21, 'C')}A`, {
          order: NOW - 5_000 + index,
        }),
      );
      await runs.add(busy, flood, signal);
      const late = aDecision(quiet.id, ANN, { order: NOW + 5 * 60_000 });
      await runs.add(quiet, [late], signal);
      const leased = await lease([busy, quiet], { max: 4, perTenant: 3 });
      assert.deepEqual(
        leased
          .filter(({ tenantId }) => tenantId === busy.id)
          .map(({ run }) => run.id)
          .sort(),
        flood
          .slice(0, 3)
          .map(({ id }) => id)
          .sort(),
      );
      assert.deepEqual(
        leased.filter(({ tenantId }) => tenantId === quiet.id).map(({ run }) => run.id),
        [late.id],
      );
      const backlog = await runs.backlog(NOW + 1_000, signal);
      assert.equal(backlog.find(({ tenantId }) => tenantId === busy.id)?.due, 2_000);
      assert.equal(backlog.find(({ tenantId }) => tenantId === quiet.id)?.lagMs, 1_000);
    });

    test('a wait is due at its time and no earlier, with its steps kept in order', async () => {
      const tenant = newTenant();
      await runs.add(tenant, [aDecision(tenant.id, ANN)], signal);
      const steps: RunStep[] = [
        { path: '0', action: 'changeScore', status: 'DONE', at: NOW, detail: { old: 1, text: 'ü\u0000' } },
        { path: '1', action: 'wait', status: 'DONE', at: NOW + 1, detail: {} },
      ];
      const leased = await take(tenant);
      assert.ok(
        await save(tenant, leased, { status: 'WAITING', step: 2, dueAt: NOW + HOUR, enteredAt: NOW }, steps),
      );
      assert.deepEqual(await lease([tenant], { now: NOW + HOUR - 1 }), []);
      const again = await take(tenant, { now: NOW + HOUR });
      assert.deepEqual([again.run.status, again.run.step, again.run.enteredAt], ['WAITING', 2, NOW]);
      assert.deepEqual(await runs.steps(tenant, leased.run.id, signal), steps);
    });

    test('a person enters once, once in a span, or every time, whoever asks at once; a repeat gets the same answer', async () => {
      const tenant = newTenant();
      const asking = (receivedAt: number, spanMs: number, campaignId: string) => {
        const run = { ...aDecision(tenant.id, ANN, { receivedAt, campaignId }), personKey: ANN };
        return { run, ask: () => runs.enter(tenant, run, spanMs, signal) };
      };
      for (const [campaign, span, expected] of [
        ['once', Number.POSITIVE_INFINITY, 1],
        ['daily', DAY, 1],
        ['always', 0, 6],
      ] as const) {
        const asked = [1, 2, 3, 4, 5, 6].map((index) => asking(NOW + index, span, campaign));
        const answers = await Promise.all(asked.map(({ ask }) => ask()));
        assert.equal(answers.filter(Boolean).length, expected, campaign);
        assert.deepEqual(
          await Promise.all(asked.map(({ ask }) => ask())),
          answers,
          `${campaign}, asked again`,
        );
      }
      assert.equal(await asking(NOW + DAY - 1, DAY, 'daily').ask(), false);
      assert.equal(await asking(NOW + DAY + 6, DAY, 'daily').ask(), true);
      assert.equal(await asking(NOW - DAY - 1, DAY, 'daily').ask(), true, 'judged late');
      assert.equal(await asking(NOW + 400 * DAY, Number.POSITIVE_INFINITY, 'once').ask(), false);
      assert.equal(await runs.lastEntry(tenant, 'daily', ANN, signal), NOW + DAY + 6);
      assert.equal(await runs.lastEntry(tenant, 'daily', BOB, signal), null);
    });

    test('no limit of messages is passed, whoever sends at once', async () => {
      const tenant = newTenant();
      const limits = [
        { limit: 2, spanMs: DAY },
        { limit: 3, spanMs: 7 * DAY },
      ];
      const send = (id: string, at: number) => runs.takeSend(tenant, ANN, id, at, limits, signal);
      const first = await Promise.all([1, 2, 3, 4].map((index) => send(`<${index}>`, NOW + index)));
      assert.equal(first.filter(Boolean).length, 2);
      const taken = first.indexOf(true) + 1;
      assert.equal(await send(`<${taken}>`, NOW + 10), true, 'the same message takes no second place');
      assert.equal(await send('<5>', NOW + 2 * DAY), true);
      assert.equal(await send('<6>', NOW + 3 * DAY + 10), false, 'three in a week');
      assert.equal(await send('<7>', NOW + 8 * DAY), true);
      assert.equal(await runs.takeSend(tenant, BOB, '<8>', NOW, limits, signal), true, 'another person');
    });

    test('the first note of a step stays', async () => {
      const tenant = newTenant();
      const note = (value: number) => runs.intend(tenant, ANN, '0', { value, text: '\u0000' }, signal);
      const notes = await Promise.all([note(1), note(2), note(3)]);
      assert.equal(new Set(notes.map(({ value }) => value)).size, 1);
      assert.deepEqual(await note(9), notes[0]);
      assert.deepEqual(await runs.intend(tenant, ANN, '1', { value: 9 }, signal), { value: 9 });
    });

    test('taken out of the flow, a run ends, also while somebody works on it', async () => {
      const tenant = newTenant();
      const [own, other, elsewhere] = [
        aDecision(tenant.id, ANN),
        aDecision(tenant.id, ANN, { campaignId: 'campaign-2' }),
        aDecision(tenant.id, BOB, { campaignId: 'campaign-2' }),
      ];
      await runs.add(tenant, [own, other, elsewhere], signal);
      assert.equal(await runs.removeFromFlow(tenant, ANN, 'campaign-2', own.id, NOW, signal), 1);
      assert.equal(await runs.removeFromFlow(tenant, ANN, null, own.id, NOW, signal), 0);
      const states = (await runs.get(tenant, [own.id, other.id, elsewhere.id], signal)).map(
        (run) => run?.status,
      );
      assert.deepEqual(states, ['NEW', 'REMOVED', 'NEW']);
      const leased = (await lease([tenant])).find(({ run }) => run.id === elsewhere.id);
      assert.ok(leased);
      assert.equal(await runs.removeFromFlow(tenant, BOB, null, '', NOW, signal), 1);
      assert.equal(await finish(tenant, leased), false);
    });

    test('a failed run is replayed at the step that failed, and no other', async () => {
      const tenant = newTenant();
      const decision = aDecision(tenant.id, ANN);
      await runs.add(tenant, [decision], signal);
      assert.equal(await runs.replay(tenant, decision.id, NOW, signal), false);
      const leased = await take(tenant);
      await save(tenant, leased, {
        status: 'FAILED',
        step: 3,
        dueAt: null,
        enteredAt: NOW,
        reason: 'no',
        attempts: 5,
      });
      assert.equal(await runs.replay(tenant, decision.id, NOW + 5, signal), true);
      const { run } = await take(tenant, { now: NOW + 5 });
      assert.deepEqual([run.status, run.step, run.attempts, run.reason], ['WAITING', 3, 0, null]);
    });

    test('runs are listed by campaign and by person, latest first, page by page', async () => {
      const tenant = newTenant();
      const decisions = Array.from({ length: 25 }, (_, index) =>
        aDecision(tenant.id, index % 2 ? ANN : BOB, {
          receivedAt: NOW + Math.floor(index / 3),
          campaignId: index % 5 ? 'a' : 'b',
        }),
      );
      await runs.add(tenant, decisions, signal);
      const expected = decisions
        .filter(({ leadKey, campaignId }) => leadKey === ANN && campaignId === 'a')
        .sort((x, y) => y.receivedAt - x.receivedAt || (x.id < y.id ? 1 : -1))
        .map(({ id }) => id);
      const found: string[] = [];
      for (let last: Run | null = null; ; ) {
        const question = {
          campaignId: 'a',
          personKey: ANN,
          statuses: ['NEW' as const],
          first: 3,
          after: last,
        };
        const page: readonly Run[] = await runs.list(tenant, question, signal);
        found.push(...page.map(({ id }) => id));
        last = page.at(-1) ?? null;
        if (page.length < 3) break;
      }
      assert.deepEqual(found, expected);
      const none = { campaignId: null, personKey: ANN, statuses: ['DONE' as const], first: 3, after: null };
      assert.deepEqual(await runs.list(tenant, none, signal), []);
    });

    test('a person is exported and erased with runs, steps, notes, entries and messages; others stay', async () => {
      const tenant = newTenant();
      const [hers, his] = [aDecision(tenant.id, ANN), aDecision(tenant.id, BOB)];
      await runs.add(tenant, [hers, his], signal);
      for (const leased of await lease([tenant]))
        await save(tenant, leased, { status: 'DONE', dueAt: null }, [
          { path: '0', action: 'none', status: 'SKIPPED', at: NOW, detail: {} },
        ]);
      for (const decision of [hers, his]) {
        await runs.enter(
          tenant,
          { ...decision, personKey: decision.leadKey },
          Number.POSITIVE_INFINITY,
          signal,
        );
        await runs.intend(tenant, decision.id, '0', { old: 1 }, signal);
      }
      const exported: PersonalRecord[] = [];
      for await (const batch of runs.export(tenant, [ANN], EXPORT_START, signal)) {
        exported.push(...batch.records);
        for await (const rest of runs.export(tenant, [ANN], batch.next, signal)) assert.fail(rest.next);
      }
      assert.equal(exported.length, 1);
      assert.match(JSON.stringify(exported), new RegExp(hers.id));
      await runs.erase(tenant, { id: 'e'.repeat(22), leads: [ANN], at: NOW }, signal);
      assert.deepEqual(
        (await runs.get(tenant, [hers.id, his.id], signal)).map((run) => run?.id),
        [undefined, his.id],
      );
      assert.deepEqual(await runs.steps(tenant, hers.id, signal), []);
      assert.equal((await runs.steps(tenant, his.id, signal)).length, 1);
      assert.deepEqual(await runs.intend(tenant, hers.id, '0', { old: 2 }, signal), { old: 2 });
      assert.equal(await runs.lastEntry(tenant, hers.campaignId, ANN, signal), null);
      assert.equal(await runs.lastEntry(tenant, his.campaignId, BOB, signal), NOW);
    });
  });
}
