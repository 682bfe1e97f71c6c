import { createHash } from 'node:crypto';
import type { Activity } from '../../domain/activity.ts';
import { type ActivityTypeDefinition, EMAIL_TYPES } from '../../domain/activity-types.ts';
import { type Json, plainDecimal } from '../../domain/json.ts';
import { currencyOf, microsOf } from '../../domain/money.ts';
import { type Evidence, evidenceOf, isOfSend, mailOf } from './evidence.ts';

/** The row of one activity for Druid: flat, with every decision that needs this activity alone. */
export type ActivityFacts = {
  /** When it occurred, epoch milliseconds. */
  readonly time: number;
  readonly tenant: string;
  readonly lead: string;
  readonly type: string;
  readonly campaign: string | null;
  readonly asset: string | null;
  readonly channel: string;
  readonly source: string;
  readonly country: string | null;
  readonly device: string | null;
  readonly isBot: boolean;
  readonly conversion: boolean;
  /** Of a conversion's revenue: three letters in upper case, where it says one. */
  readonly currency: string | null;
  /** Of a conversion's revenue: whole thousands of units, and the rest in millionths of a unit; else 0. */
  readonly revenueThousands: number;
  readonly revenueMicros: number;
  /** Attributes as `attributeEntry`. */
  readonly attributes: readonly string[];
  /** Whether it is evidence of an e-mail send; the fields below exist only then. */
  readonly ofSend: boolean;
  /** The asset of the send, see `mailOf`. */
  readonly mailAsset?: string | null;
  /** When the activity "sent" itself occurred. */
  readonly sentAt?: number;
} & { readonly [E in Evidence]?: 1 };

/** @param type the definition of the activity's type, as far as it is known when the activity is counted */
export function activityFacts(
  tenantId: string,
  activity: Activity,
  type: ActivityTypeDefinition | undefined,
): ActivityFacts {
  const conversion = type?.conversion ?? false;
  const ofSend = isOfSend(activity);
  return {
    time: activity.occurredAt,
    tenant: tenantId,
    lead: activity.leadKey,
    type: activity.type,
    campaign: activity.campaign?.id ?? null,
    asset: activity.assetId,
    channel: activity.channel,
    source: activity.source,
    country: activity.country,
    device: activity.device,
    isBot: activity.isBot,
    conversion,
    currency: conversion ? currencyOf(activity.attributes['currency']) : null,
    ...revenueParts(conversion ? microsOf(activity.attributes['revenue']) : 0n),
    attributes: Object.entries(activity.attributes).flatMap(([name, value]) =>
      value === null ? [] : [attributeEntry(name, attributeText(value))],
    ),
    ofSend,
    ...(ofSend && {
      ...Object.fromEntries(evidenceOf(activity).map((kind) => [kind, 1 as const])),
      mailAsset: mailOf(activity).asset,
      ...(activity.type === EMAIL_TYPES.send && { sentAt: activity.occurredAt }),
    }),
  };
}

/** Millionths in a thousand units. */
const MICROS_PER_THOUSAND = 1_000_000_000n;

/**
 * An amount in two parts, which Druid adds up as longs of 64 bits. Neither sum overflows before nine billion activities
 * of `MAX_REVENUE`. Rows of older versions have all of it in the second part.
 */
const revenueParts = (micros: bigint): Pick<ActivityFacts, 'revenueThousands' | 'revenueMicros'> => ({
  revenueThousands: Number(micros / MICROS_PER_THOUSAND),
  revenueMicros: Number(micros % MICROS_PER_THOUSAND),
});

/** The amount that two sums of `revenueParts` make, in millionths of a unit. */
export const revenueFrom = (thousands: bigint, micros: bigint): bigint =>
  thousands * MICROS_PER_THOUSAND + micros;

/** Separates entries when Druid joins them; never in an entry. */
export const ENTRY_SEPARATOR = '\u0001';
const NAME_BYTES = 9;
const NAME_CODES = new Map<string, string>();
const MAX_NAME_CODES = 10_000;

/** The name of an attribute as 12 characters of base64url: the same length and no special character for any name. */
export function attributeCode(name: string): string {
  let code = NAME_CODES.get(name);
  if (code === undefined) {
    code = createHash('sha256').update(name).digest().subarray(0, NAME_BYTES).toString('base64url');
    if (NAME_CODES.size < MAX_NAME_CODES) NAME_CODES.set(name, code);
  }
  return code;
}

/** An attribute and its value as one text. */
export const attributeEntry = (name: string, text: string): string =>
  attributeCode(name) + text.replaceAll('\u0002', '\u0002\u0003').replaceAll(ENTRY_SEPARATOR, '\u0002\u0004');

/** The value in an entry, without the name's code. */
export const entryText = (escaped: string): string =>
  escaped.replaceAll('\u0002\u0004', ENTRY_SEPARATOR).replaceAll('\u0002\u0003', '\u0002');

/** An attribute's value as text, the same as PostgreSQL's `->>` gives. */
const attributeText = (value: Json): string => (typeof value === 'string' ? value : jsonbText(value));

function jsonbText(value: Json): string {
  if (typeof value === 'number') return plainDecimal(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(jsonbText).join(', ')}]`;
  const names = Object.keys(value).map((name) => ({ name, bytes: Buffer.from(name) }));
  names.sort((a, b) => a.bytes.length - b.bytes.length || a.bytes.compare(b.bytes));
  const fields = names.map(
    ({ name }) => `${JSON.stringify(name)}: ${jsonbText((value as { [key: string]: Json })[name] ?? null)}`,
  );
  return `{${fields.join(', ')}}`;
}
