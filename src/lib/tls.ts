/** Certificate authorities, and a client certificate with its key, in PEM. */
export type TlsOptions = {
  /** The system's authorities where there are none. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
};
