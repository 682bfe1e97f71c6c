import {
  type ActivityTypeDefinition,
  type AttributeDataType,
  standardType,
} from '../../domain/activity-types.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { ActivityDraft, ItemError, LeadDraft } from '../../ingest/draft/draft.ts';
import { type Reading, RowFault, type ValueType } from '../values/conversions.ts';
import type { ActivityMapping, LeadMapping, Mapping, Source } from '../values/mapping.ts';
import { compileSource, compileText, compileTime, type Get, type RowAt } from '../values/values.ts';
import { compileCondition } from './conditions.ts';
import { attributesFrom, marketoAttributes, typeNamed } from './marketo.ts';

/** An item of a row: an activity (the message id null where the mapping has none), a person, or a fault. */
export type Said =
  | {
      readonly kind: 'activity';
      readonly draft: Omit<ActivityDraft, 'messageId'>;
      readonly messageId: string | null;
    }
  /** `at` null: when the row is sent. */
  | { readonly kind: 'lead'; readonly draft: Omit<LeadDraft, 'at'>; readonly at: number | null }
  | { readonly kind: 'fault'; readonly error: ItemError };
/** The items of a row; none when no condition holds. */
export type Plan = (row: RowAt) => readonly Said[];

type Compiled = (row: RowAt) => Said | undefined;

/** Compiles a mapping for a file. @param types all that the tenant has, as far as known */
export function compilePlan(
  mapping: Mapping,
  reading: Reading,
  types: readonly ActivityTypeDefinition[],
): Plan {
  const parts = [
    ...mapping.activities.map((activity) => compileActivity(activity, reading, types)),
    ...(mapping.lead ? [compileLead(mapping.lead, reading)] : []),
  ];
  return (row) => {
    const said: Said[] = [];
    for (const part of parts)
      try {
        const one = part(row);
        if (one) said.push(one);
      } catch (error) {
        if (!(error instanceof RowFault)) throw error;
        const { code, message, path } = error;
        said.push({ kind: 'fault', error: { code, message, path } });
      }
    return said;
  };
}

const VALUE_TYPES: Readonly<Record<AttributeDataType, ValueType>> = {
  STRING: 'string',
  URL: 'string',
  INTEGER: 'integer',
  NUMBER: 'number',
  BOOLEAN: 'boolean',
  DATETIME: 'time',
};

/** Values by name. Where a source does not say what its value is, the standard type does, which `constant` names. */
function compileFields(
  fields: Readonly<Record<string, Source>> | undefined,
  path: string,
  reading: Reading,
  constant?: ActivityTypeDefinition,
): (row: RowAt) => Record<string, Json> {
  const gets = Object.entries(fields ?? {}).map(([name, source]): [string, Get] => {
    const declared = constant?.attributes.find((attribute) => attribute.name === name);
    const type = declared
      ? VALUE_TYPES[declared.dataType]
      : source.column === undefined
        ? undefined
        : 'string';
    return [name, compileSource(source, `${path}.${name}`, reading, type)];
  });
  return (row) => {
    const values: Record<string, Json> = {};
    for (const [name, get] of gets) {
      const value = get(row);
      if (value !== undefined) values[name] = value;
    }
    return values;
  };
}

function compileActivity(
  mapping: ActivityMapping,
  reading: Reading,
  types: readonly ActivityTypeDefinition[],
): Compiled {
  const isMeant = compileCondition(mapping.when, reading);
  const text = (name: 'type' | 'messageId' | 'externalId' | 'anonymousId' | 'assetId' | 'channel') =>
    compileText(mapping[name], name, reading);
  const [typeText, messageId] = [text('type'), text('messageId')];
  const [externalId, anonymousId] = [text('externalId'), text('anonymousId')];
  const [assetId, channel] = [text('assetId'), text('channel')];
  const time = compileTime(mapping.occurredAt as Source, 'occurredAt', reading);
  const campaignId = compileText(mapping.campaign?.id, 'campaign.id', reading);
  const campaignName = compileText(mapping.campaign?.name, 'campaign.name', reading);
  const constant = standardType(typeNamed(String(mapping.type?.value ?? ''), types));
  const attributes = compileFields(mapping.attributes, 'attributes', reading, constant);
  const context = compileFields(mapping.context, 'context', reading);
  const marketo = compileMarketo(mapping.marketo, reading);
  return (row) => {
    if (!isMeant(row)) return undefined;
    const said = typeText(row);
    if (said === null) throw new RowFault('The row names no activity type.', 'type', 'MISSING_VALUE');
    const type = typeNamed(said, types);
    const occurredAt = time(row);
    if (occurredAt === undefined) throw new RowFault('The row has no time.', 'occurredAt', 'MISSING_VALUE');
    const id = messageId(row);
    if (id === null && mapping.messageId)
      throw new RowFault('The row has no message id.', 'messageId', 'MISSING_VALUE');
    const campaign = campaignId(row);
    const more = marketo?.(
      row,
      types.find(({ name }) => name === type),
    );
    return {
      kind: 'activity',
      messageId: id,
      draft: {
        externalId: externalId(row),
        anonymousId: anonymousId(row),
        type,
        occurredAt,
        campaign: campaign === null ? null : { id: campaign, name: campaignName(row) },
        assetId: assetId(row),
        channel: channel(row),
        attributes: { ...more?.attributes, ...attributes(row) },
        context: { ...more?.context, ...nested(context(row)) },
      },
    };
  };
}

function compileMarketo(mapping: ActivityMapping['marketo'], reading: Reading) {
  if (!mapping) return undefined;
  const none: Get = () => undefined;
  const given = mapping.attributes
    ? compileSource(mapping.attributes, 'marketo.attributes', reading, 'json')
    : none;
  const primary = mapping.primary ? compileSource(mapping.primary, 'marketo.primary', reading) : none;
  return (row: RowAt, type: ActivityTypeDefinition | undefined) => {
    const attributes = attributesFrom(given(row));
    if (!attributes)
      throw new RowFault('This must be a JSON object of names and values.', 'marketo.attributes');
    return marketoAttributes(attributes, primary(row), type);
  };
}

function compileLead(mapping: LeadMapping, reading: Reading): Compiled {
  const isMeant = compileCondition(mapping.when, reading);
  const externalId = compileText(mapping.externalId, 'externalId', reading);
  const anonymousId = compileText(mapping.anonymousId, 'anonymousId', reading);
  const email = compileText(mapping.email, 'email', reading);
  const traits = compileFields(mapping.traits, 'traits', reading);
  const aliases = (mapping.aliases ?? []).map((source, index) =>
    compileText(source, `aliases[${index}]`, reading),
  );
  const at = mapping.at ? compileTime(mapping.at, 'at', reading) : () => undefined;
  return (row) => {
    if (!isMeant(row)) return undefined;
    return {
      kind: 'lead',
      at: at(row) ?? null,
      draft: {
        externalId: externalId(row),
        anonymousId: anonymousId(row),
        email: email(row) ?? undefined,
        traits: traits(row),
        aliases: aliases.flatMap((alias) => alias(row) ?? []),
      },
    };
  };
}

/** Keys with dots as objects in objects: `page.url`. */
function nested(flat: JsonObject): JsonObject {
  const result: Record<string, Json> = {};
  for (const [key, value] of Object.entries(flat)) {
    const path = key.split('.');
    const last = path.pop() ?? key;
    let at = result;
    for (const part of path) {
      const inner = at[part];
      at = (at[part] = isJsonObject(inner) ? inner : {}) as Record<string, Json>;
    }
    at[last] = value;
  }
  return result;
}
