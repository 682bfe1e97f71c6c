import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { DomainError } from '../lib/errors.ts';
import type { Authenticator } from './authenticate.ts';
import type { Directory } from './directory.ts';
import { type KeySet, mintToken } from './key-set.ts';

/** An access token for a key, and for how long it still holds. */
type AccessToken = {
  readonly token: string;
  readonly expiresInSeconds: number;
  /** Whose it is, as the token's `sub`. */
  readonly subject: string;
};

export interface TokenIssuer {
  /**
   * The OAuth 2.0 client credentials grant: the id of an API key and the key itself, for a token with its scopes. While
   * a token is valid, the same token is returned with its remaining time. A token ends with its key.
   * @param address of the caller, for the limit of refused attempts
   * @throws DomainError `UNAUTHENTICATED`, `FORBIDDEN` for a suspended tenant, `RATE_LIMITED`
   */
  issue(clientId: string, clientSecret: string, address?: string): Promise<AccessToken>;
}

const TTL_SECONDS = 3_600;
/** A token that ends sooner is not given out any more. */
const LEAST_SECONDS = 60;

/** @param now clock, epoch milliseconds */
export function createTokenIssuer(
  options: {
    readonly directory: Pick<Directory, 'findKey' | 'isTokenRevoked'>;
    readonly authenticator: Pick<Authenticator, 'authenticateKey'>;
    readonly keySet: KeySet;
    readonly issuer: string;
    readonly audience: string;
  },
  now: () => number = Date.now,
): TokenIssuer {
  const issued = new LRUCache<
    string,
    { readonly token: string; readonly id: string; readonly expiresAt: number }
  >({
    max: 10_000,
  });
  const refused = (why: string): DomainError =>
    new DomainError('UNAUTHENTICATED', `The client's credentials were refused: ${why}`);

  return {
    async issue(clientId, clientSecret, address) {
      // By the same way, and the same limit, as a key that comes as it is.
      await options.authenticator.authenticateKey(clientSecret, address);
      const key = await options.directory.findKey(clientSecret);
      if (!key || key.keyId !== clientId)
        throw refused('the secret is unknown, was revoked, or is not of this id.');
      const time = now();
      const ttlSeconds = Math.floor(
        Math.min(TTL_SECONDS, key.expiresAt === null ? TTL_SECONDS : (key.expiresAt - time) / 1000),
      );
      if (ttlSeconds <= 0) throw refused('this key has expired.');
      const subject = `key:${key.keyId}`;
      const known = issued.get(key.keyId);
      if (
        known &&
        known.expiresAt - time >= LEAST_SECONDS * 1000 &&
        !(await options.directory.isTokenRevoked(known.id))
      )
        return { token: known.token, expiresInSeconds: Math.floor((known.expiresAt - time) / 1000), subject };
      const id = randomUUID();
      const token = await mintToken(options.keySet, {
        id,
        keyId: key.keyId,
        tenantId: key.tenantId,
        // A write key can only write, even if its row says more.
        scopes: key.kind === 'write' ? ['activities:write'] : key.scopes,
        subject,
        issuer: options.issuer,
        audience: options.audience,
        ttlSeconds,
      });
      issued.set(key.keyId, { token, id, expiresAt: time + ttlSeconds * 1000 });
      return { token, expiresInSeconds: ttlSeconds, subject };
    },
  };
}
