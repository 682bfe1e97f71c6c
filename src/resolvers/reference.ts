import { type NodeType, toGlobalId } from '../domain/ids.ts';

/** An entity of another subgraph, known by its key alone. */
export type Reference = { readonly __typename: NodeType; readonly id: string };

/** @param local the id inside its type (lead key, activity id, campaign id, type name) */
export const referTo = (type: NodeType, local: string): Reference => ({
  __typename: type,
  id: toGlobalId(type, local),
});

/** The key of a reference that a router or another subgraph hands over; codegen can't type it under mapped parents. */
export const keyOf = (reference: object): string => String((reference as { readonly id?: unknown }).id);
