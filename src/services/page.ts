/** A page of a list. */
export type Page<T> = {
  readonly items: readonly T[];
  readonly hasNextPage: boolean;
  /** The place behind an item, for the same question of the same tenant. It costs a digest. */
  cursorOf(item: T): string;
};
