import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CampaignRuns, LeasedRun, Run } from '../../src/datasources/campaign-runs/port.ts';
import type { Tenant } from '../../src/domain/tenant.ts';
import { NOW } from '../support/activities.ts';
import { aDecision } from '../support/campaigns.ts';

const signal = new AbortController().signal;
const PERSON = `${'p'.repeat(21)}A`;
const LEASE_MS = 1_000;

/** What holds for every order of calls, and for calls at once. */
export function campaignRunsProperties(runsOf: () => CampaignRuns, newTenant: () => Tenant): void {
  test('of callers at once exactly those enter that are a span apart, and each keeps its answer', async () => {
    const runs = runsOf();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 8 }),
        fc.constantFrom(0, 1, 10, Number.POSITIVE_INFINITY),
        async (times, span) => {
          const tenant = newTenant();
          const asked = times.map((time, n) => ({
            id: `run-${n}`,
            campaignId: 'campaign-1',
            personKey: PERSON,
            receivedAt: NOW + time,
          }));
          const ask = () => Promise.all(asked.map((run) => runs.enter(tenant, run, span, signal)));
          const [first, second] = await Promise.all([ask(), ask()]);
          assert.deepEqual(first, second, 'two callers for one run');
          assert.deepEqual(await ask(), first, 'later');
          const entered = asked.filter((_, n) => first[n]);
          assert.ok(entered.length > 0);
          const near = (a: { receivedAt: number }, b: { receivedAt: number }) =>
            Math.abs(a.receivedAt - b.receivedAt) < span;
          for (const [n, run] of asked.entries())
            assert.equal(
              entered.some((other) => other !== run && near(other, run)),
              !first[n],
            );
          const last = Math.max(...entered.map(({ receivedAt }) => receivedAt));
          assert.equal(await runs.lastEntry(tenant, 'campaign-1', PERSON, signal), last);
          assert.equal(await runs.lastEntry(tenant, 'campaign-2', PERSON, signal), null);
          const elsewhere = {
            ...(asked[0] as (typeof asked)[number]),
            id: 'other',
            campaignId: 'campaign-2',
          };
          assert.equal(await runs.enter(tenant, elsewhere, span, signal), true, 'another campaign');
        },
      ),
      { numRuns: 15 },
    );
  });

  test('no limit of messages is passed by callers at once, no free place is refused, repeats take none', async () => {
    const runs = runsOf();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 12 }),
        fc.array(
          fc.record({ limit: fc.integer({ min: 0, max: 3 }), spanMs: fc.integer({ min: 1, max: 30 }) }),
          { maxLength: 2 },
        ),
        async (times, limits) => {
          const tenant = newTenant();
          const take = (n: number) =>
            runs.takeSend(tenant, PERSON, `message-${n}`, NOW + (times[n] as number), limits, signal);
          const all = times.map((_, n) => n);
          const [first, second] = await Promise.all([Promise.all(all.map(take)), Promise.all(all.map(take))]);
          assert.deepEqual(first, second);
          const sent = times.filter((_, n) => first[n]);
          /** Most messages in any span that begins with one of them. */
          const fits = (at: readonly number[]) =>
            limits.every(({ limit, spanMs }) =>
              at.every(
                (start) => at.filter((time) => time >= start && time < start + spanMs).length <= limit,
              ),
            );
          assert.ok(fits(sent));
          for (const [n, time] of times.entries()) if (!first[n]) assert.ok(!fits([...sent, time]));
        },
      ),
      { numRuns: 15 },
    );
  });

  test('in every order of leases, crashes, waits and removals each run ends, and no person has two at once', async () => {
    const runs = runsOf();
    const command = fc.record({
      kind: fc.constantFrom('lease', 'lease', 'save', 'save', 'wait', 'crash', 'move', 'remove', 'pass'),
      pick: fc.nat(20),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 12 }),
        fc.array(command, { maxLength: 40 }),
        async (owners, commands) => {
          const world = new World(runs, newTenant());
          await world.add(owners);
          for (const { kind, pick } of commands) await world.apply(kind, pick);
          await world.finish();
        },
      ),
      { numRuns: 15 },
    );
  });
}

/** Runs of three people, and what is known of their leases. */
class World {
  readonly #runs: CampaignRuns;
  readonly #tenant: Tenant;
  #now = NOW;
  #held: { readonly leased: LeasedRun; readonly until: number }[] = [];
  #ids: string[] = [];

  constructor(runs: CampaignRuns, tenant: Tenant) {
    this.#runs = runs;
    this.#tenant = tenant;
  }

  async add(owners: readonly number[]): Promise<void> {
    const decisions = owners.map((owner, n) =>
      aDecision(this.#tenant.id, personOf(owner), { receivedAt: NOW, order: NOW + (n % 3) * 100 }),
    );
    this.#ids = decisions.map(({ id }) => id);
    await this.#runs.add(this.#tenant, decisions, signal);
  }

  async apply(kind: string, pick: number): Promise<void> {
    if (kind === 'lease') return this.#lease();
    if (kind === 'pass') {
      this.#now += 400;
      return;
    }
    const index = pick % Math.max(1, this.#held.length);
    const held = this.#held[index];
    if (!held) return;
    if (kind === 'remove') {
      await this.#runs.removeFromFlow(
        this.#tenant,
        held.leased.run.personKey,
        null,
        held.leased.run.id,
        this.#now,
        signal,
      );
      return;
    }
    this.#held.splice(index, 1);
    if (kind === 'crash') {
      // Nobody saves it: it comes again when its lease ends, and its person's others wait until then.
      this.#now = Math.max(this.#now, held.until);
      return;
    }
    const { run } = held.leased;
    const next: Run =
      kind === 'wait'
        ? { ...run, status: 'WAITING', dueAt: this.#now + 300 }
        : kind === 'move'
          ? { ...run, personKey: personOf(pick % 3), dueAt: this.#now }
          : { ...run, status: 'DONE', dueAt: null };
    const isSaved = await this.#runs.save(this.#tenant, held.leased, next, [], signal);
    if (held.until > this.#now) assert.ok(isSaved, 'a lease that has not ended is not lost');
  }

  async finish(): Promise<void> {
    for (let looks = 0; looks < 200; looks += 1) {
      this.#now += LEASE_MS;
      await this.#lease();
      while (this.#held.length > 0) await this.apply('save', 0);
      const left = await this.#runs.get(this.#tenant, this.#ids, signal);
      if (left.every((run) => run?.dueAt === null)) return;
    }
    assert.fail('runs are left that nobody gets');
  }

  async #lease(): Promise<void> {
    const request = { now: this.#now, leaseMs: LEASE_MS, max: 100, perTenant: 2, except: [] };
    const calls = await Promise.all([this.#runs.lease(request, signal), this.#runs.lease(request, signal)]);
    const mine = calls.flat().filter(({ tenantId }) => tenantId === this.#tenant.id);
    this.#held.push(...mine.map((leased) => ({ leased, until: this.#now + LEASE_MS })));
    const persons = this.#held
      .filter(({ until }) => until > this.#now)
      .map(({ leased }) => leased.run.personKey);
    assert.equal(new Set(persons).size, persons.length, 'two runs of one person are leased');
  }
}

const personOf = (n: number): string => `${String(n).padStart(21, '-')}A`;
