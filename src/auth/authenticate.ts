import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import { LRUCache } from 'lru-cache';
import { DomainError } from '../domain/errors.ts';
import { isTenantId, verifyTenant } from '../domain/tenant.ts';
import { type Directory, isKey } from './directory.ts';
import type { KeySet } from './key-set.ts';
import { SCOPES, type Scope, type Viewer } from './viewer.ts';

export type AuthenticatorOptions = {
  readonly issuer: string;
  readonly audience: string;
  readonly clockSkewSeconds: number;
  /** Another issuer's keys; its tokens are taken besides our own. */
  readonly jwksUrl: string | undefined;
  readonly keySet: KeySet;
  readonly directory: Directory;
};

export interface Authenticator {
  /**
   * The viewer of an `Authorization` header (Bearer with a JWT or a key; Basic with a key as the user name);
   * null without a header. @throws DomainError `UNAUTHENTICATED` saying what is wrong with the credential.
   */
  authenticate(authorization: string | undefined): Promise<Viewer | null>;
  /** The viewer of an API or write key that came in a body. */
  authenticateKey(key: string): Promise<Viewer>;
}

/** Asymmetric only: with a shared secret, whoever can verify could also sign. */
const ALGORITHMS = 'ES256 ES384 ES512 EdDSA Ed25519 RS256 RS384 RS512 PS256 PS384 PS512'.split(' ');
/** A verified token is trusted so long without another look, so that a removed key or tenant is soon noticed. */
const CACHE_TTL_MS = 60_000;
const JWKS_TIMEOUT_MS = 5_000;
const MAX_CREDENTIAL_LENGTH = 8_192;
const MAX_SUBJECT_LENGTH = 256;

const refused = (why: string, cause?: unknown): DomainError =>
  new DomainError('UNAUTHENTICATED', `The credential was refused: ${why}`, { cause });

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const verified = new LRUCache<string, { readonly viewer: Viewer; readonly expiresAt: number }>({
    max: 20_000,
    ttl: CACHE_TTL_MS,
  });
  const keyOf = keySource(options);

  async function viewerOfToken(token: string): Promise<Viewer> {
    const known = verified.get(token);
    if (known && known.expiresAt > Date.now()) return known.viewer;
    const payload = await verify(token);
    const tenantId = payload['tenant'];
    if (typeof tenantId !== 'string' || !isTenantId(tenantId))
      throw refused("its claim 'tenant' must be the id of one tenant.");
    const tenantName = await options.directory.tenantName(tenantId);
    if (tenantName === undefined) throw refused('there is no such tenant here.');
    const viewer: Viewer = Object.freeze({
      tenant: verifyTenant(tenantId),
      tenantName,
      scopes: scopesOf(payload['scope']),
      subject: subjectOf(payload.sub),
    });
    const expiresAt = ((payload.exp ?? 0) + options.clockSkewSeconds) * 1000;
    verified.set(token, { viewer, expiresAt });
    return viewer;
  }

  async function verify(token: string): Promise<JWTPayload> {
    try {
      // jose says of a token without a key only that none matches; which algorithms are taken is worth saying.
      if (!ALGORITHMS.includes(decodeProtectedHeader(token).alg ?? ''))
        throw refused(`sign it with one of ${ALGORITHMS.join(', ')}.`);
      const { payload } = await jwtVerify(token, keyOf, {
        algorithms: ALGORITHMS,
        issuer: options.issuer,
        audience: options.audience,
        clockTolerance: options.clockSkewSeconds,
        requiredClaims: ['exp', 'tenant'],
      });
      return payload;
    } catch (error) {
      throw tokenError(error);
    }
  }

  async function authenticateKey(secret: string): Promise<Viewer> {
    const key = isKey(secret) ? await options.directory.findKey(secret) : undefined;
    if (!key || key.revokedAt !== null) throw refused('this key is unknown or was revoked.');
    if (key.expiresAt !== null && key.expiresAt <= Date.now()) throw refused('this key has expired.');
    return {
      tenant: verifyTenant(key.tenantId),
      tenantName: (await options.directory.tenantName(key.tenantId)) ?? key.tenantId,
      // A write key can only write, even if its row says more.
      scopes: new Set<Scope>(key.kind === 'write' ? ['activities:write'] : key.scopes),
      subject: `key:${key.keyId}`,
    };
  }

  return {
    authenticateKey,
    async authenticate(authorization) {
      if (authorization === undefined || authorization === '') return null;
      if (authorization.length > MAX_CREDENTIAL_LENGTH) throw refused('it is too long.');
      const [, scheme = '', credential = ''] = /^(\S+) +(\S+) *$/.exec(authorization) ?? [];
      switch (scheme.toLowerCase()) {
        case 'bearer':
          return isKey(credential) ? authenticateKey(credential) : viewerOfToken(credential);
        case 'basic':
          return authenticateKey(Buffer.from(credential, 'base64').toString('utf8').replace(/:.*$/s, ''));
        default:
          throw refused("send 'Authorization: Bearer <token or key>' or 'Basic <base64 of key:>'.");
      }
    },
  };
}

/** Our own keys, and, for what none of them signed, the other issuer's. */
function keySource({ keySet, jwksUrl }: AuthenticatorOptions): JWTVerifyGetKey {
  const own = createLocalJWKSet({ keys: [...keySet.publicJwks.keys] });
  if (jwksUrl === undefined) return own;
  const remote = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: JWKS_TIMEOUT_MS });
  const ownIds = new Set(keySet.publicJwks.keys.map((key) => key.kid));
  return async (header, token) => {
    if (ownIds.has(header.kid ?? '')) return own(header, token);
    try {
      return await remote(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
        throw error;
      // No answer, or none that is a key set: the caller's token may be perfectly good.
      throw new DomainError(
        'BACKEND_UNAVAILABLE',
        "The issuer's keys can't be read right now. Try again shortly.",
        { cause: error },
      );
    }
  };
}

/** Safe to log: a string of bounded length, whatever the issuer put there. */
const subjectOf = (claim: unknown): string =>
  typeof claim === 'string' ? claim.slice(0, MAX_SUBJECT_LENGTH) : 'unknown';

function scopesOf(claim: unknown): ReadonlySet<Scope> {
  const names = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return new Set(SCOPES.filter((scope) => names.includes(scope)));
}

/** jose's error in our words; the token itself is never part of them. */
function tokenError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof errors.JWTExpired) return refused('the token has expired. Get a new one.', error);
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.claim === 'nbf' && error.reason === 'check_failed'
      ? refused("the token is not valid yet. Compare the issuer's clock.", error)
      : refused(`its claim '${error.claim}' is missing or not what this API expects.`, error);
  if (error instanceof errors.JWKSNoMatchingKey)
    return refused('it was signed with a key that is not known here.', error);
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return refused("its header must say which key signed it, as 'kid'.", error);
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return refused('its signature is wrong.', error);
  return refused('it is no valid token.', error);
}
