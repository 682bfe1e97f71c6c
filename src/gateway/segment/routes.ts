import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from '../../auth/authenticate.ts';
import { hasScope, type Viewer } from '../../auth/viewer.ts';
import { fitsIn, isJsonObject, type Json, type JsonObject, MAX_NESTING } from '../../domain/json.ts';
import { CALLS, type Call, completeEvent, decodeEvent } from '../../ingest/dialects/segment/decode.ts';
import { withMessageId } from '../../ingest/dialects/segment/message-id.ts';
import type { Envelope } from '../../ingest/dialects/segment/said.ts';
import { MAX_EVENT_BYTES } from '../../ingest/dialects/segment/values.ts';
import { type Admit, createAdmission } from '../../ingest/door/admission.ts';
import type { IngestBudget } from '../../ingest/door/budget.ts';
import type { Collector } from '../../ingest/door/collector.ts';
import { type Item, type Policy, reject, type Verdict } from '../../ingest/draft/draft.ts';
import { DomainError } from '../../lib/errors.ts';
import { BodyError, readJson } from '../http/body.ts';
import { createDeadline } from '../http/deadline.ts';

export type SegmentOptions = {
  readonly authenticator: Authenticator;
  readonly collector: Collector;
  readonly budget: IngestBudget;
  readonly requestTimeoutMs: number;
};

/** Segment's limits: 500 KB and 2,500 events a batch, 32 KB an event. */
const MAX_BATCH_BYTES = 500 * 1024;
const MAX_EVENTS = 2_500;
/** Warnings in one answer. */
const MAX_WARNINGS = 100;
export const SEGMENT: Policy = { source: 'segment', mode: 'lenient' };

/** Addresses of batches: for servers, browsers and phones, of the SDKs for Java, Ruby and .NET, and RudderStack's beacon. */
const BATCHES = ['/v1/batch', '/v1/b', '/v1/import', '/beacon/v1/batch'];
/** The short addresses of calls, which SDKs for browsers and phones use. */
const SHORT: Readonly<Record<Call, string>> = {
  track: 't',
  identify: 'i',
  page: 'p',
  screen: 's',
  group: 'g',
  alias: 'a',
};
/** A transparent pixel. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/**
 * The Segment HTTP protocol. It has batches, a long and a short address for each kind of call, and `GET /v1/pixel/…`
 * with an event as Base64 in `data`. JSON whatever the content type says, gzip whether or not it is announced. One bad
 * event never fails its batch. SDKs throw a whole batch away on a 400, so only bodies that are no batch get it.
 *
 * Statuses are Segment's ("HTTP API Source", Errors). A body that is no JSON or too large gets 400. A batch with too
 * many events gets 200, and the rest is rejected. A refused tenant gets 429 with `Retry-After` and `X-RateLimit-Reset`.
 */
export function segmentRoutes(options: SegmentOptions): (server: FastifyInstance) => void {
  const senders = new WeakMap<FastifyRequest, Viewer | null>();
  const gated = { ...options, senders, admit: createAdmission() };
  const route = {
    errorHandler,
    onRequest: turnAway(options, senders),
    bodyLimit: MAX_BATCH_BYTES,
    // Some SDKs have their key in the body only.
    config: { openBytes: MAX_BATCH_BYTES },
  };
  const take = async (request: FastifyRequest, reply: FastifyReply, open: (body: JsonObject) => Sent) => {
    const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const { status, content } = await handle(gated, request, reply, raw, open);
    return reply.code(status).send(content);
  };
  return (server) => {
    for (const path of BATCHES) server.post(path, route, (request, reply) => take(request, reply, openBatch));
    for (const call of CALLS) {
      const open = (body: JsonObject): Sent => ({ events: [body], call, envelope: {} });
      for (const path of [`/v1/${call}`, `/v1/${SHORT[call]}`])
        server.post(path, route, (request, reply) => take(request, reply, open));
      server.get(`/v1/pixel/${call}`, route, async (request, reply) => {
        const raw = Buffer.from(searchOf(request).get('data') ?? '', 'base64');
        const { status } = await handle(gated, request, reply, raw, open);
        return reply.code(status).type('image/gif').send(PIXEL);
      });
    }
    // What SDKs count of themselves, which nobody here wants.
    server.post('/v1/m', (_request, reply) => reply.send({ success: true }));
  };
}

function openBatch(body: JsonObject): Sent {
  if (!Array.isArray(body['batch'])) throw new BodyError(400, "A batch has an array 'batch' of events.");
  return { events: body['batch'] as Json[], call: null, envelope: body };
}

const searchOf = ({ url }: FastifyRequest): URLSearchParams =>
  new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');

/** Hands on to the server's own handler, which knows how errors look. */
function errorHandler(error: Error): never {
  const status = 'status' in error ? error.status : 'statusCode' in error ? error.statusCode : undefined;
  if (status !== 413) throw error;
  throw new BodyError(
    400,
    `The body is larger than ${MAX_BATCH_BYTES} bytes. Send batches of at most ${MAX_BATCH_BYTES} bytes and events of at most ${MAX_EVENT_BYTES}.`,
  );
}

/**
 * Refuses bad credentials and floods before reading the body, because reading costs other tenants. `senders` has the
 * sender then, or null if only the body names it.
 */
const turnAway =
  (
    { authenticator, budget, requestTimeoutMs }: SegmentOptions,
    senders: WeakMap<FastifyRequest, Viewer | null>,
  ) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const deadline = createDeadline(reply.raw, requestTimeoutMs);
    try {
      const viewer = await deadline.race(viewerOf(authenticator, request));
      senders.set(request, viewer);
      if (!viewer) return;
      tellBudget(reply, budget, viewer);
      budget.check(
        { tenantId: viewer.tenant.id, sender: viewer },
        Number(request.headers['content-length'] ?? 0),
      );
    } finally {
      deadline.clear();
    }
  };

/** By the header, or by a key in the address: a page that is being closed can send no headers. */
function viewerOf(authenticator: Authenticator, request: FastifyRequest): Promise<Viewer | null> {
  const { authorization } = request.headers;
  const key = authorization === undefined ? searchOf(request).get('writeKey') : null;
  return key === null
    ? authenticator.authenticate(authorization, request.ip)
    : authenticator.authenticateKey(key, request.ip);
}

type Sent = { readonly events: readonly Json[]; readonly call: Call | null; readonly envelope: JsonObject };

async function handle(
  options: SegmentOptions & {
    readonly admit: Admit;
    readonly senders: WeakMap<FastifyRequest, Viewer | null>;
  },
  request: FastifyRequest,
  reply: FastifyReply,
  raw: Buffer,
  open: (body: JsonObject) => Sent,
): Promise<Outcome> {
  const deadline = createDeadline(reply.raw, options.requestTimeoutMs);
  try {
    // Not before the body is here: whoever sends slowly takes nobody's place.
    await options.admit(raw.length, reply.raw);
    const body = await readJson(raw, request.headers['content-encoding'], MAX_BATCH_BYTES);
    if (!isJsonObject(body)) throw new BodyError(400, 'The body must be a JSON object.');
    const viewer = await senderOf(
      options.authenticator,
      options.senders.get(request) ?? null,
      body['writeKey'],
      request.ip,
    );
    const sent = open(body);
    const arrival = { address: request.ip, bytes: raw.length };
    const verdicts = await deadline
      .race(collect(options.collector, viewer, sent, arrival, deadline.signal))
      .finally(() => tellBudget(reply, options.budget, viewer));
    return outcomeOf(request.id, sent, verdicts);
  } finally {
    deadline.clear();
  }
}

/** Headers with the remaining budget; an error adds the time to wait. */
function tellBudget(reply: FastifyReply, budget: IngestBudget, viewer: Viewer): void {
  const status = budget.status({ tenantId: viewer.tenant.id, sender: viewer });
  if (status)
    reply.headers({
      'x-ratelimit-limit': status.limit,
      'x-ratelimit-remaining': status.remaining,
      'x-ratelimit-reset': status.resetSeconds,
    });
}

/**
 * The sender: a write key as the user name of HTTP Basic or in the body, or an OAuth access token as Bearer. Several
 * credentials of one request must belong to the same tenant.
 */
async function senderOf(
  authenticator: Authenticator,
  byHeader: Viewer | null,
  writeKey: Json | undefined,
  address: string,
): Promise<Viewer> {
  const byBody = typeof writeKey === 'string' ? await authenticator.authenticateKey(writeKey, address) : null;
  const viewer = byHeader ?? byBody;
  if (!viewer)
    throw new DomainError(
      'UNAUTHENTICATED',
      "Send the write key: HTTP Basic with the key as user name, or 'writeKey' in the body or the address; or an access token as Bearer.",
    );
  if (byBody && byBody.tenant.id !== viewer.tenant.id)
    throw new DomainError('FORBIDDEN', "The credential and the 'writeKey' in the body are of two tenants.");
  if (!hasScope(viewer, 'activities:write'))
    throw new DomainError('FORBIDDEN', "This needs a credential with the scope 'activities:write'.");
  return viewer;
}

async function collect(
  collector: Collector,
  viewer: Viewer,
  sent: Sent,
  { address, bytes }: { readonly address: string; readonly bytes: number },
  signal: AbortSignal,
): Promise<readonly Verdict[]> {
  const { call, envelope: said } = sent;
  const envelope: Envelope = {
    sentAt: said['sentAt'],
    receivedAt: said['receivedAt'],
    context: said['context'],
    arrivedAt: Date.now(),
    address,
  };
  const fitting = sent.events.map((event) => fitsIn(event, MAX_EVENT_BYTES));
  const events = sent.events.map((event, index) => withMessageId(event, fitting[index] === true));
  const items = events.map((event, index): Item => {
    if (index >= MAX_EVENTS)
      return tooLarge(
        `A batch has at most ${MAX_EVENTS} events, and this one was beyond. Send smaller batches.`,
      );
    if (!fitting[index])
      return tooLarge(`An event has at most ${MAX_EVENT_BYTES} bytes and ${MAX_NESTING} levels.`);
    return decodeEvent(event, call, envelope);
  });
  const originalOf = (index: number) => completeEvent(events[index] ?? null, call, envelope);
  return collector.collect(
    viewer.tenant,
    { policy: SEGMENT, sender: viewer, items, bytes, originalOf },
    signal,
  );
}

const tooLarge = (message: string): Item => ({ kind: 'rejected', error: reject('TOO_LARGE', message).error });

type Outcome = { readonly status: number; readonly content: object };

function outcomeOf(requestId: string, { call }: Sent, verdicts: readonly Verdict[]): Outcome {
  const rejected = verdicts.flatMap((verdict, index) =>
    verdict.status === 'rejected' ? [{ index, ...verdict.error }] : [],
  );
  const count = (status: Verdict['status']) => verdicts.filter((verdict) => verdict.status === status).length;
  // A single event that is refused is a bad request; in a batch it is one line of the answer.
  const failed = call !== null && rejected.length > 0;
  const dropped = count('dropped');
  const warnings = verdicts.flatMap((verdict, index) =>
    ('warnings' in verdict ? (verdict.warnings ?? []) : []).map((warning) => ({ index, ...warning })),
  );
  const content = {
    success: !failed,
    ...(failed && { code: rejected[0]?.code, message: rejected[0]?.message, requestId }),
    accepted: count('accepted'),
    duplicates: count('duplicate'),
    ...(dropped > 0 && { dropped }),
    ...(rejected.length > 0 && { rejected }),
    ...(warnings.length > 0 && { warnings: warnings.slice(0, MAX_WARNINGS) }),
  };
  return { status: failed ? 400 : 200, content };
}
