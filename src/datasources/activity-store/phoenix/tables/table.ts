/** A table of an installation. Its key begins with the tenant. */
export type Table = {
  readonly name: string;
  readonly columns: string;
  readonly key: string;
  readonly options?: string;
  /** The retention that removes its rows; absent: none. */
  readonly expires?: 'retentionSeconds' | 'failedRetentionSeconds';
  /** Rows of texts, worth compressing. */
  readonly compressed?: true;
};
