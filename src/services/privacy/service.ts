import { randomBytes } from 'node:crypto';
import { hasScope, type Viewer } from '../../auth/viewer.ts';
import type { ActivityReads } from '../../datasources/activity-store/port.ts';
import type { Receipt } from '../../datasources/erasures/port.ts';
import type { PersonalStore } from '../../datasources/erasures/stores.ts';
import type { Mentioned } from '../../datasources/failed-activities/mentions.ts';
import { EXPORT_START, type PersonalRecord } from '../../datasources/personal-data.ts';
import { type CursorScope, decodeCursor, encodeCursor } from '../../domain/cursor.ts';
import type { Erasure } from '../../domain/erasure.ts';
import type { Json } from '../../domain/json.ts';
import { type LeadKey, leadKey } from '../../domain/lead.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { Clock } from '../../domain/time/clock.ts';
import { type Optional, pageSize } from '../../lib/bounds.ts';
import { badInput, DomainError } from '../../lib/errors.ts';
import type { Personal } from './personal.ts';

/** A store in a receipt. Times are epoch milliseconds. */
type ErasedStore = {
  readonly store: PersonalStore;
  /** Null while the store is not done. */
  readonly doneAt: number | null;
  /** When no byte of the person is left in the store's files, at the latest. */
  readonly forgottenBy: number;
};
export type ErasureReceipt = {
  readonly id: string;
  readonly requestedAt: number;
  readonly stores: readonly ErasedStore[];
  readonly isDone: boolean;
  readonly forgottenBy: number;
};

export type ExportedRecord = PersonalRecord & { readonly store: PersonalStore };
export type ExportPage = {
  readonly records: readonly ExportedRecord[];
  readonly endCursor: string | null;
  readonly hasNextPage: boolean;
};

/** Erasure and export of people. */
export type Privacy = {
  /**
   * Erases a person: the lead and all identities that are linked to it. Activities, leads and failed activities are
   * deleted when it resolves; the receipt says when the other stores have forgotten. Safe to repeat.
   * @throws DomainError `BACKEND_UNAVAILABLE` or `TIMEOUT`: repeat it
   */
  eraseLead(viewer: Viewer, lead: LeadKey, signal: AbortSignal): Promise<ErasureReceipt>;
  /** Null where the tenant has no such erasure. */
  receipt(viewer: Viewer, id: string, signal: AbortSignal): Promise<ErasureReceipt | null>;
  /**
   * A page of everything that any store has of a person.
   * @throws DomainError `FORBIDDEN` without the scope `leads:pii`, `BAD_USER_INPUT` at `first` or `after`
   */
  exportLead(
    viewer: Viewer,
    lead: LeadKey,
    question: { readonly first?: Optional<number>; readonly after?: Optional<string> },
    signal: AbortSignal,
  ): Promise<ExportPage>;
};

export type PrivacyOptions = {
  readonly store: Pick<ActivityReads, 'persons'>;
  readonly personal: Personal;
  /** Dates erasures, as it dates arrivals. */
  readonly clock: Pick<Clock, 'now'>;
  /** Forgets what this process remembers of a tenant's people. */
  forgetCaches(tenant: Tenant): void;
};

const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 200;
/** A store is done within this time, unless it is away. */
const PROMISE_MS = 24 * 3_600_000;

/** Makes the service. It decides who may erase and export nothing: the scope `admin` is the rule of its fields. */
export function createPrivacy(options: PrivacyOptions): Privacy {
  const { store, personal, clock, forgetCaches } = options;

  /** All identities of the person of a lead, and their addresses. */
  const personOf = async (tenant: Tenant, lead: LeadKey, signal: AbortSignal): Promise<Mentioned> => {
    const [person] = await store.persons(tenant, [lead], signal);
    if (!person) return { leads: [lead], emails: [] };
    const { identities, lead: shown } = person;
    const texts = shown.externalId === null ? shown.aliases : [shown.externalId, ...shown.aliases];
    // An alias is the text of either kind of identity. A link to an identity that was never seen has no row of its own.
    const named = texts.flatMap((text) => [
      leadKey(tenant.idSpace, { kind: 'known', externalId: text }),
      leadKey(tenant.idSpace, { kind: 'anonymous', anonymousId: text }),
    ]);
    const linked = await store.persons(tenant, named, signal);
    const theirs = named.filter((_, index) => linked[index]?.lead.key === shown.key);
    const emails = [...identities.map(({ email }) => email), shown.email].filter((email) => email !== null);
    return {
      leads: [...new Set([lead, shown.key, ...identities.map(({ key }) => key), ...theirs])],
      emails: [...new Set(emails)],
    };
  };

  const receiptFrom = ({ erasure, doneAt }: Receipt): ErasureReceipt => {
    const lags = new Map<PersonalStore, number>([['ACTIVITY_STORE', 0]]);
    for (const { store: name, lagMs } of personal.ports.forgetting) lags.set(name, lagMs);
    const stores = [...lags].map(([name, lagMs]): ErasedStore => {
      const done = doneAt[name] ?? null;
      return { store: name, doneAt: done, forgottenBy: (done ?? erasure.at + PROMISE_MS) + lagMs };
    });
    return {
      id: erasure.id,
      requestedAt: erasure.at,
      stores,
      isDone: stores.every(({ doneAt: at }) => at !== null),
      forgottenBy: Math.max(...stores.map(({ forgottenBy }) => forgottenBy)),
    };
  };

  const readReceipt = async (tenant: Tenant, id: string, signal: AbortSignal) => {
    const receipt = await personal.ports.erasures.get(tenant, id, signal);
    return receipt && receiptFrom(receipt);
  };

  return {
    async eraseLead({ tenant }, lead, signal) {
      const { failures, writer, ports } = personal;
      const person = await personOf(tenant, lead, signal);
      const id = randomBytes(16).toString('base64url');
      const erasure: Erasure = { id, leads: person.leads, at: clock.now() };
      // First, while the store still knows the addresses: after a crash here, the call is repeated.
      await failures.erase(tenant, person, signal);
      await writer.erase(tenant, erasure, signal);
      forgetCaches(tenant);
      // Writes that were under way may have failed since.
      await failures.erase(tenant, person, signal);
      await ports.erasures.markDone(tenant, erasure.id, 'FAILED_ACTIVITIES', Date.now(), false, signal);
      const receipt = await readReceipt(tenant, erasure.id, signal);
      if (!receipt)
        throw new DomainError('BACKEND_UNAVAILABLE', 'The erasure is not written yet. Try again shortly.');
      return receipt;
    },

    receipt: ({ tenant }, id, signal) => readReceipt(tenant, id, signal),

    async exportLead(viewer, lead, question, signal) {
      const { tenant } = viewer;
      if (!hasScope(viewer, 'leads:pii'))
        throw new DomainError('FORBIDDEN', "An export needs the scope 'leads:pii'.");
      const first = pageSize(question.first, MAX_PAGE, DEFAULT_PAGE);
      const scope: CursorScope = { tenantId: tenant.id, query: ['exportLead', lead] };
      const start = question.after ? placeFrom(decodeCursor(scope, question.after)) : START;
      const person = await personOf(tenant, lead, signal);
      const records: ExportedRecord[] = [];
      let end = start;
      for (const [store, exporting] of personal.ports.exporting.entries()) {
        if (store < start.store) continue;
        let place = store === start.store ? start : { store, after: EXPORT_START, passed: 0 };
        for await (const batch of exporting.export(tenant, person, place.after, signal)) {
          for (const record of batch.records.slice(place.passed)) {
            if (records.length === first)
              return { records, endCursor: encodeCursor(scope, positionOf(end)), hasNextPage: true };
            place = { ...place, passed: place.passed + 1 };
            end = place;
            records.push({ ...record, store: exporting.store });
          }
          place = { store, after: batch.next, passed: 0 };
        }
      }
      const endCursor = records.length > 0 ? encodeCursor(scope, positionOf(end)) : null;
      return { records, endCursor, hasNextPage: false };
    },
  };
}

/** A place in an export: in which store, behind which batch, and how many records of the next batch were passed. */
type Place = { readonly store: number; readonly after: string; readonly passed: number };

const START: Place = { store: 0, after: EXPORT_START, passed: 0 };
const positionOf = ({ store, after, passed }: Place): Json[] => [store, after, passed];

/** @throws DomainError `BAD_USER_INPUT` at `after` for a position that is none */
function placeFrom([store, after, passed]: readonly Json[]): Place {
  if (typeof store !== 'number' || typeof after !== 'string' || typeof passed !== 'number')
    throw badInput('This cursor is broken.', 'after');
  return { store, after, passed };
}
