import { type FieldNode, Kind, type ValueNode } from 'graphql';

/** The sizes in arguments: of a field's result, or of its input. */

type Variables = Readonly<Record<string, unknown>>;

/** How many items; null: the field is no list. */
export type Size = ((variables: Variables) => number) | null;

/** Page size assumed where neither the query nor the schema names one. */
const DEFAULT_PAGE = 20;
/** The arguments that bound a list: a page size, or a list of ids or references to answer one by one. */
const PAGE_ARGUMENTS = ['first', 'limit'];
const LIST_ARGUMENTS = ['ids', 'campaignIds', 'representations'];

/** How many items a field may give, by its arguments; null where none of them bounds it. */
export function sizeByArguments(
  field: FieldNode,
  definitions: readonly { readonly name: string; readonly defaultValue?: unknown }[],
): Size {
  for (const definition of definitions) {
    const paged = PAGE_ARGUMENTS.includes(definition.name);
    if (!paged && !LIST_ARGUMENTS.includes(definition.name)) continue;
    const given = field.arguments?.find((argument) => argument.name.value === definition.name)?.value;
    const fallback = typeof definition.defaultValue === 'number' ? definition.defaultValue : DEFAULT_PAGE;
    if (!given) {
      if (paged) return () => fallback;
      continue;
    }
    return (variables) => sizeOf(given, variables, fallback);
  }
  return null;
}

/** How many items the arguments of a mutation hand over: those of the lists in its inputs, or of its page. */
export function itemsOf(field: FieldNode, parent: string): Size {
  if (parent !== 'Mutation' || !field.arguments?.length) return null;
  const values = field.arguments.map(({ value }) => value);
  return (variables) => values.reduce((sum, value) => sum + itemsIn(value, variables), 0);
}

function itemsIn(value: ValueNode, variables: Variables): number {
  if (value.kind === Kind.VARIABLE) return itemsGiven(ownValue(variables, value.name.value));
  if (value.kind !== Kind.OBJECT) return 0;
  let sum = 0;
  for (const { name, value: inner } of value.fields)
    if (inner.kind === Kind.LIST) sum += inner.values.length;
    else if (PAGE_ARGUMENTS.includes(name.value)) sum += sizeOf(inner, variables, DEFAULT_PAGE);
    else if (inner.kind === Kind.VARIABLE) sum += lengthOf(ownValue(variables, inner.name.value));
  return sum;
}

function itemsGiven(input: unknown): number {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return lengthOf(input);
  let sum = 0;
  for (const [name, value] of Object.entries(input))
    sum += PAGE_ARGUMENTS.includes(name) && typeof value === 'number' ? Math.max(0, value) : lengthOf(value);
  return sum;
}

const lengthOf = (value: unknown): number => (Array.isArray(value) ? value.length : 0);

const ownValue = (variables: Variables, name: string): unknown =>
  Object.hasOwn(variables, name) ? variables[name] : undefined;

function sizeOf(value: ValueNode, variables: Variables, fallback: number): number {
  if (value.kind === Kind.INT) return Number(value.value);
  if (value.kind === Kind.LIST) return value.values.length;
  if (value.kind === Kind.NULL) return fallback;
  if (value.kind === Kind.VARIABLE) {
    const given = ownValue(variables, value.name.value);
    if (typeof given === 'number') return given;
    if (Array.isArray(given)) return given.length;
    return given === undefined || given === null ? fallback : 1;
  }
  return 1;
}
