import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from '../../auth/authenticate.ts';
import { hasScope, type Viewer } from '../../auth/viewer.ts';
import { DomainError } from '../../domain/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { BodyError, readJson } from '../../gateway/body.ts';
import { createDeadline } from '../../gateway/deadline.ts';
import type { Collector } from '../collector.ts';
import type { ActivityDraft, ItemError, LeadDraft, Policy } from '../draft.ts';
import { CALLS, type Call, decodeEvent } from './decode.ts';

export type SegmentOptions = {
  readonly authenticator: Authenticator;
  readonly collector: Collector;
  readonly requestTimeoutMs: number;
  readonly onItems: (status: 'accepted' | 'duplicate' | 'rejected', count: number) => void;
};

/** Segment's limits: 500 KB and 2,500 events a batch, 32 KB an event. */
const MAX_BATCH_BYTES = 500 * 1024;
const MAX_EVENTS = 2_500;
const MAX_EVENT_BYTES = 32 * 1024;
const POLICY: Policy = { source: 'segment', mode: 'lenient' };

type ItemResult =
  | { readonly status: 'accepted' | 'duplicate' }
  | { readonly status: 'rejected'; readonly error: ItemError };

/**
 * The Segment HTTP protocol: `POST /v1/batch` and one address for each kind of call. JSON whatever the
 * content type says, gzip whether or not it is announced. One bad event never fails its batch: SDKs
 * throw a whole batch away on a 400, so that is kept for bodies that are no batch at all.
 */
export function segmentRoutes(options: SegmentOptions): (server: FastifyInstance) => void {
  return (server) => {
    server.post('/v1/batch', (request, reply) =>
      handle(options, request, reply, (body) => {
        if (!Array.isArray(body['batch']))
          throw new BodyError(400, "A batch has an array 'batch' of events.");
        if (body['batch'].length > MAX_EVENTS)
          throw new BodyError(
            413,
            `The batch has ${body['batch'].length} events; at most ${MAX_EVENTS} are allowed. Send smaller batches.`,
          );
        return { events: body['batch'] as Json[], call: null, envelope: body };
      }),
    );
    for (const call of CALLS)
      server.post(`/v1/${call}`, (request, reply) =>
        handle(options, request, reply, (body) => ({ events: [body], call, envelope: {} })),
      );
  };
}

type Batch = { readonly events: readonly Json[]; readonly call: Call | null; readonly envelope: JsonObject };

async function handle(
  options: SegmentOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  open: (body: JsonObject) => Batch,
): Promise<FastifyReply> {
  const deadline = createDeadline(reply.raw, options.requestTimeoutMs);
  try {
    const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const body = await readJson(raw, request.headers['content-encoding'], MAX_BATCH_BYTES);
    if (!isJsonObject(body)) throw new BodyError(400, 'The body must be a JSON object.');
    const viewer = await authenticate(options.authenticator, request.headers.authorization, body['writeKey']);
    const batch = open(body);
    const results = await deadline.race(collect(options.collector, viewer, batch, deadline.signal));
    for (const status of ['accepted', 'duplicate', 'rejected'] as const)
      options.onItems(status, results.filter((result) => result.status === status).length);
    return answer(reply, batch, results);
  } finally {
    deadline.clear();
  }
}

async function authenticate(
  authenticator: Authenticator,
  authorization: string | undefined,
  writeKey: Json | undefined,
): Promise<Viewer> {
  const viewer =
    (await authenticator.authenticate(authorization)) ??
    (typeof writeKey === 'string' ? await authenticator.authenticateKey(writeKey) : null);
  if (!viewer)
    throw new DomainError(
      'UNAUTHENTICATED',
      "Send the write key: HTTP Basic with the key as user name, or 'writeKey' in the body.",
    );
  if (!hasScope(viewer, 'activities:write'))
    throw new DomainError('FORBIDDEN', "This needs a credential with the scope 'activities:write'.");
  return viewer;
}

async function collect(
  collector: Collector,
  viewer: Viewer,
  batch: Batch,
  signal: AbortSignal,
): Promise<ItemResult[]> {
  const envelope = {
    sentAt: batch.envelope['sentAt'],
    context: batch.envelope['context'],
    receivedAt: Date.now(),
  };
  const results: ItemResult[] = new Array<ItemResult>(batch.events.length);
  const activities: { index: number; draft: ActivityDraft }[] = [];
  const leads: { index: number; draft: LeadDraft }[] = [];
  batch.events.forEach((event, index) => {
    if (bytesOf(event) > MAX_EVENT_BYTES) {
      const message = `An event has at most ${MAX_EVENT_BYTES} bytes, and no nesting without end.`;
      results[index] = { status: 'rejected', error: { code: 'TOO_LARGE', message, path: null } };
      return;
    }
    const decoded = decodeEvent(event, batch.call, envelope);
    if (decoded.kind === 'rejected') results[index] = { status: 'rejected', error: decoded.error };
    else if (decoded.kind === 'activity') activities.push({ index, draft: decoded.draft });
    else leads.push({ index, draft: decoded.draft });
  });
  const [ofActivities, ofLeads] = await Promise.all([
    collector.collectActivities(
      viewer.tenant,
      activities.map(({ draft }) => draft),
      POLICY,
      signal,
    ),
    collector.identifyLeads(
      viewer.tenant,
      leads.map(({ draft }) => draft),
      POLICY,
      signal,
    ),
  ]);
  activities.forEach(({ index }, place) => {
    results[index] = ofActivities[place] ?? { status: 'accepted' };
  });
  leads.forEach(({ index }, place) => {
    results[index] = ofLeads[place] ?? { status: 'accepted' };
  });
  return results;
}

/** Size as JSON. What nests too deep to be written again counts as endless: the parser takes it, all else would not. */
function bytesOf(event: Json): number {
  try {
    return Buffer.byteLength(JSON.stringify(event));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function answer(reply: FastifyReply, batch: Batch, results: readonly ItemResult[]): FastifyReply {
  const rejected = results.flatMap((result, index) =>
    result.status === 'rejected' ? [{ index, ...result.error }] : [],
  );
  // A single event that is refused is a bad request; in a batch it is one line of the answer.
  const failed = batch.call !== null && rejected.length > 0;
  return reply.code(failed ? 400 : 200).send({
    success: !failed,
    accepted: results.filter((result) => result.status === 'accepted').length,
    duplicates: results.filter((result) => result.status === 'duplicate').length,
    ...(rejected.length > 0 && { rejected }),
  });
}
