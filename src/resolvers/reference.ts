import { type IdKind, toGlobalId } from '../domain/ids.ts';

/** An entity of another subgraph, known by its key alone. */
export class Reference {
  readonly __typename: string;
  /** Global. */
  readonly id: string;

  constructor(type: string, id: string) {
    this.__typename = type;
    this.id = id;
  }
}

/** @param local the id inside its kind (lead key, activity id, campaign id, type name) */
export const referTo = (kind: IdKind, local: string): Reference =>
  new Reference(kind.type, toGlobalId(kind, local));

/** The key of a reference that a router or another subgraph hands over; codegen can't type it under mapped parents. */
export const keyOf = (reference: object): string => String((reference as { readonly id?: unknown }).id);
