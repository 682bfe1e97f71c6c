import { type IdKind, toGlobalId } from '../domain/ids.ts';

/** An entity of another subgraph, known by its key alone. */
export class Reference {
  readonly kind: IdKind;
  /** The id inside its kind. */
  readonly local: string;
  readonly __typename: string;

  constructor(kind: IdKind, local: string) {
    this.kind = kind;
    this.local = local;
    this.__typename = kind.type;
  }

  /** The global id, made where a caller asks for it. */
  get id(): string {
    return toGlobalId(this.kind, this.local);
  }
}

/** @param local the id inside its kind (lead key, activity id, campaign id, type name) */
export const referTo = (kind: IdKind, local: string): Reference => new Reference(kind, local);

/** The key of a reference that a router or another subgraph hands over; codegen can't type it under mapped parents. */
export const keyOf = (reference: object): string => String((reference as { readonly id?: unknown }).id);
