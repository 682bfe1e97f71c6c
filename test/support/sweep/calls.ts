import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import type { createValues } from './values.ts';

/** A selected field, with its arguments, and what is selected of its objects, by their type. */
export type Selected = {
  readonly field: GraphQLField<unknown, unknown>;
  readonly owner: string;
  readonly alias: string;
  args: Readonly<Record<string, unknown>>;
  readonly below: ReadonlyMap<string, readonly Selected[]>;
};

/** One root field as it is asked, and whether it changes anything. */
export type Call = { readonly operation: 'query' | 'mutation'; readonly root: Selected };

type Values = ReturnType<typeof createValues>;

/** Arguments without which a field is refused, though its type has them optional. */
const NEEDED: Readonly<Record<string, string>> = { campaignRuns: 'campaignId' };

const argumentsOf = (field: GraphQLField<unknown, unknown>, values: Values): Record<string, unknown> =>
  Object.fromEntries(
    field.args
      .filter((arg) => isRequiredArgument(arg) || NEEDED[field.name] === arg.name)
      .map((arg) => [arg.name, values.of(arg.type, meaningOf(field, arg))[0]]),
  );

/** What the `id` of a field is of, where only one kind fits. */
const MEANINGS: Readonly<Record<string, string>> = {
  eraseLead: 'goneLead',
  exportLead: 'lead',
  smartCampaign: 'campaign',
  activateSmartCampaign: 'campaign',
  deactivateSmartCampaign: 'goneCampaign',
  cloneSmartCampaign: 'campaign',
  scheduleCampaign: 'campaign',
  deleteSmartCampaign: 'goneCampaign',
  leadList: 'list',
  deleteLeadList: 'goneList',
  campaignRun: 'run',
  replayCampaignRun: 'run',
};
/** The name that tells which values fit an argument. */
const meaningOf = ({ name }: GraphQLField<unknown, unknown>, arg: GraphQLArgument): string =>
  (arg.name === 'id' && MEANINGS[name]) || arg.name;

/** So often a type of a root field is followed to further objects; then only its plain fields are asked for. */
const FOLLOWED = 2;

/** What of a root field is selected already: the types on the way down, and how often each was followed. */
type Way = { readonly types: readonly string[]; readonly followed: Map<string, number> };

/** A field with everything below it, each type once on each way down. */
function select(
  schema: GraphQLSchema,
  owner: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  values: Values,
  way: Way,
  alias = field.name,
): Selected | undefined {
  const type = getNamedType(field.type);
  const selected = { field, owner: owner.name, alias, args: argumentsOf(field, values) };
  if (isLeafType(type)) return { ...selected, below: new Map() };
  const objects = isAbstractType(type) ? schema.getPossibleTypes(type) : isObjectType(type) ? [type] : [];
  const below = new Map<string, readonly Selected[]>();
  for (const object of objects) {
    if (way.types.includes(object.name)) continue;
    const times = way.followed.get(object.name) ?? 0;
    way.followed.set(object.name, times + 1);
    const parts = Object.values(object.getFields()).filter(
      (part) => times < FOLLOWED || isLeafType(getNamedType(part.type)),
    );
    // Fields of one name may have different types in different objects.
    const prefix = isAbstractType(type) ? `${object.name}_` : '';
    below.set(
      object.name,
      parts.flatMap((part) => {
        const down = { ...way, types: [...way.types, object.name] };
        return select(schema, object, part, values, down, prefix + part.name) ?? [];
      }),
    );
  }
  return [...below.values()].some((parts) => parts.length > 0) ? { ...selected, below } : undefined;
}

/** Only the way from `root` to `target`, and all below that. */
function along(root: Selected, target: Selected, args: Selected['args']): Selected | undefined {
  if (root === target) return { ...root, args };
  const below = new Map<string, readonly Selected[]>();
  for (const [type, parts] of root.below) {
    const kept = parts.flatMap((part) => along(part, target, args) ?? []);
    if (kept.length > 0) below.set(type, kept);
  }
  return below.size > 0 ? { ...root, below } : undefined;
}

function* allBelow(root: Selected): Generator<Selected> {
  yield root;
  for (const parts of root.below.values()) for (const part of parts) yield* allBelow(part);
}

const rootsOf = (
  schema: GraphQLSchema,
): [Call['operation'], GraphQLObjectType, GraphQLField<unknown, unknown>][] =>
  [['query', schema.getQueryType()] as const, ['mutation', schema.getMutationType()] as const].flatMap(
    ([operation, type]) =>
      type
        ? Object.values(type.getFields())
            // Federation's own are for a router, which shows who it is.
            .filter(({ name }) => !name.startsWith('_'))
            .map((field): [Call['operation'], GraphQLObjectType, GraphQLField<unknown, unknown>] => [
              operation,
              type,
              field,
            ])
        : [],
  );

/** Every root field once, with what it needs and everything below it. */
export const wholeCalls = (schema: GraphQLSchema, values: Values): Call[] =>
  rootsOf(schema).flatMap(([operation, type, field]) => {
    const root = select(schema, type, field, values, { types: [], followed: new Map() });
    return root ? [{ operation, root }] : [];
  });

/** Values that set one field of an input; more of a field that stands in many places tell nothing new. */
const TRIED = 12;

/**
 * Every argument of every field, with each of its values: of nested fields where they are met first, and of an input
 * those that set a field which was not set often.
 */
export function argumentCalls(schema: GraphQLSchema, values: Values): Call[] {
  const done = new Set<string>();
  const tried = new Map<string, number>();
  const isNew = (type: GraphQLInputType, value: unknown): boolean => {
    const names = inputFieldsOf(type, value);
    const some = names.length === 0 || names.some((name) => (tried.get(name) ?? 0) < TRIED);
    if (some) for (const name of names) tried.set(name, (tried.get(name) ?? 0) + 1);
    return some;
  };
  // First lists: what is asked by its id may be an object that has nothing below the field.
  const needsMore = ({ root }: Call): number => Number(!root.field.args.some(({ name }) => name === 'first'));
  const calls = wholeCalls(schema, values).sort((a, b) => needsMore(a) - needsMore(b));
  return calls.flatMap(({ operation, root }) =>
    [...allBelow(root)].flatMap((target) =>
      target.field.args.flatMap((arg) => {
        const name = `${target.owner}.${target.field.name}.${arg.name}`;
        if (done.has(name)) return [];
        done.add(name);
        return values.of(arg.type, meaningOf(target.field, arg)).flatMap((value): Call[] => {
          if (!isNew(arg.type, value)) return [];
          const call = along(root, target, { ...target.args, [arg.name]: value });
          return call ? [{ operation, root: call }] : [];
        });
      }),
    ),
  );
}

/** Several calls as one request, under names of their own. */
export function requestOf(calls: readonly Call[]): { query: string; variables: Record<string, unknown> } {
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const textOf = (selected: Selected, alias: string): string => {
    const args = Object.entries(selected.args).map(([name, value]) => {
      const variable = `v${declared.length}`;
      const { type } = selected.field.args.find((arg) => arg.name === name) as GraphQLArgument;
      declared.push(`$${variable}: ${String(type)}`);
      variables[variable] = value;
      return `${name}: $${variable}`;
    });
    const parts = [...selected.below].map(
      ([type, fields]) => `... on ${type} { ${fields.map((part) => textOf(part, part.alias)).join(' ')} }`,
    );
    return `${alias}: ${selected.field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${parts.length > 0 ? ` { __typename ${parts.join(' ')} }` : ''}`;
  };
  const body = calls.map(({ root }, index) => textOf(root, `r${index}`)).join('\n');
  const operation = calls[0]?.operation ?? 'query';
  return {
    query: `${operation} Sweep${declared.length > 0 ? `(${declared.join(', ')})` : ''} {\n${body}\n}`,
    variables,
  };
}

/** Names of all that a value of an input sets: `ActivityFilter.type`, `KeywordCondition.eq`. */
export function inputFieldsOf(type: GraphQLInputType, value: unknown): string[] {
  if (isNonNullType(type)) return inputFieldsOf(type.ofType, value);
  if (isListType(type))
    return Array.isArray(value) ? value.flatMap((item) => inputFieldsOf(type.ofType, item)) : [];
  if (!isInputObjectType(type) || typeof value !== 'object' || value === null || isEnumType(type)) return [];
  const fields = type.getFields();
  return Object.entries(value).flatMap(([name, part]) => {
    const field = fields[name];
    return field ? [`${type.name}.${name}`, ...inputFieldsOf(field.type, part)] : [];
  });
}
