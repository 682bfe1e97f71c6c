import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FailedActivities, Failure } from '../../../../src/datasources/failed-activities/port.ts';
import type { Activity } from '../../../../src/domain/activity.ts';
import { verifyTenant } from '../../../../src/domain/tenant.ts';
import { createActivityTypes } from '../../../../src/ingest/door/activity-types.ts';
import { createIngestBudget } from '../../../../src/ingest/door/budget.ts';
import { createCollector } from '../../../../src/ingest/door/collector.ts';
import { createEnrichment } from '../../../../src/ingest/door/enrichment.ts';
import type { ActivityDraft } from '../../../../src/ingest/draft/draft.ts';
import type { Writer } from '../../../../src/ingest/write/writer-port.ts';
import { DomainError } from '../../../../src/lib/errors.ts';
import { NOW } from '../../../support/activities.ts';
import { unreachable } from '../write/writer-support.ts';

const tenant = verifyTenant('acme');
const draft = (messageId: string, type: string): ActivityDraft => ({
  messageId,
  externalId: 'ann',
  anonymousId: null,
  type,
  occurredAt: NOW,
  campaign: null,
  assetId: null,
  channel: null,
  attributes: {},
  context: {},
});

/** A door whose failed activities can't be written. */
function open(writeActivities: Writer['writeActivities']) {
  const unkept: { failed: readonly Failure[]; error: unknown }[] = [];
  const none = { eventsPerSecond: null, bytesPerSecond: null, burstSeconds: 1 };
  const budget = createIngestBudget({ tenant: none, publicKey: none });
  const collector = createCollector({
    writer: { writeActivities } as Writer,
    types: createActivityTypes({ customTypes: async () => [] }, () => Promise.reject(unreachable())),
    pipeline: createEnrichment({}),
    failures: { put: () => Promise.reject(unreachable()) } as unknown as FailedActivities,
    budget,
    onUnkept: (_, failed, error) => unkept.push({ failed, error }),
    now: () => NOW,
  });
  const drafts = [draft('good', 'Visit Webpage'), draft('bad', 'No Such Type')];
  const collect = () =>
    collector.collect(
      tenant,
      {
        policy: { source: 'segment', mode: 'lenient' },
        sender: { isPublic: false, subject: 'test' },
        items: drafts.map((one) => ({ kind: 'activity', draft: one })),
        bytes: 100,
        originalOf: (index) => ({ messageId: drafts[index]?.messageId ?? '' }),
      },
      new AbortController().signal,
    );
  return { collect, unkept };
}

test('a bad item fails no batch, also while it can not be kept: it is rejected, the good ones are written, the loss is told', async () => {
  const written: Activity[] = [];
  const { collect, unkept } = open(async (_, activities) => {
    written.push(...activities);
    return activities.map(({ id }) => ({ status: 'stored', id }));
  });
  const [good, bad] = await collect();
  assert.deepEqual(
    written.map(({ messageId }) => messageId),
    ['good'],
  );
  assert.equal(good?.status, 'accepted');
  assert.equal(bad?.status === 'rejected' && bad.error.code, 'UNKNOWN_TYPE');
  assert.deepEqual(
    unkept.map(({ failed }) => failed.map(({ code, body }) => [code, body])),
    [[['UNKNOWN_TYPE', '{"messageId":"bad"}']]],
  );
  assert.ok(unkept[0]?.error instanceof DomainError);
});

test('what is good and could not be written still fails the batch, so that its sender sends it again', async () => {
  const { collect } = open(() => Promise.reject(unreachable()));
  await assert.rejects(collect(), { code: 'BACKEND_UNAVAILABLE' });
});
