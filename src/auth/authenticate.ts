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
import type { ApiKey } from '../datasources/directory/port.ts';
import { SCOPES, type Scope } from '../domain/scopes.ts';
import { isTenantId, type TenantOf, verifyTenant } from '../domain/tenant.ts';
import { DomainError } from '../lib/errors.ts';
import { type Directory, isKey } from './directory.ts';
import { KEY_CLAIM, type KeySet, MAX_TOKEN_DAYS, tokenIdOf } from './key-set.ts';
import { createSignInLimit } from './sign-in-limit.ts';
import type { Viewer } from './viewer.ts';

export type AuthenticatorOptions = {
  readonly issuer: string;
  readonly audience: string;
  readonly clockSkewSeconds: number;
  /** Another issuer's keys; its tokens are taken besides our own. */
  readonly jwksUrl: string | undefined;
  /** The tenants that the other issuer may sign for; undefined: all. */
  readonly jwksTenants?: readonly string[] | undefined;
  /** Tokens that expire later than so many days from now are refused; `MAX_TOKEN_DAYS` unless given. */
  readonly maxTokenDays?: number;
  readonly keySet: KeySet;
  readonly directory: Pick<Directory, 'tenant' | 'findKey' | 'keyById' | 'isTokenRevoked'>;
  /** Makes the tenants of the installation; of one without a secret unless given. */
  readonly tenantOf?: TenantOf;
};

export interface Authenticator {
  /**
   * The viewer of an `Authorization` header (Bearer with a JWT or a key; Basic with a key as the user name); null
   * without a header.
   * @param address of the caller; too many refused credentials from one address are refused unread
   * @throws DomainError `UNAUTHENTICATED` with the fault of the credential, `FORBIDDEN` for a suspended tenant,
   * `RATE_LIMITED`, or `BACKEND_UNAVAILABLE` when the directory can't be read
   */
  authenticate(authorization: string | undefined, address?: string): Promise<Viewer | null>;
  /** The viewer of an API or write key that came in a body. @throws as `authenticate` */
  authenticateKey(key: string, address?: string): Promise<Viewer>;
}

/** Asymmetric only: with a shared secret, every verifier could also sign. */
const ALGORITHMS = 'ES256 ES384 ES512 EdDSA Ed25519 RS256 RS384 RS512 PS256 PS384 PS512'.split(' ');
/** The types of an access token in RFC 7519 and RFC 9068; other types (a log-out, a proof) are refused. */
const TYPES: ReadonlySet<string> = new Set(['jwt', 'at+jwt', 'application/at+jwt']);
/** A signature is verified again after so long, so that a signing key that was removed is soon noticed. */
const CACHE_TTL_MS = 60_000;
const MAX_CACHED = 20_000;
const JWKS_TIMEOUT_MS = 5_000;
const MAX_CREDENTIAL_LENGTH = 8_192;
const MAX_SUBJECT_LENGTH = 256;

const refused = (why: string, cause?: unknown): DomainError =>
  new DomainError('UNAUTHENTICATED', `The credential was refused: ${why}`, { cause });

/** A token whose signature and claims were good. */
type Verified = {
  readonly viewer: Viewer;
  readonly tokenId: string;
  /** The key it was given for. */
  readonly keyId: string | undefined;
  readonly expiresAt: number;
  readonly verifiedAt: number;
};

/** The parts of an authenticator, and its memory. */
type Means = {
  readonly options: AuthenticatorOptions;
  readonly tenantOf: TenantOf;
  readonly verify: ReturnType<typeof createVerifier>;
  readonly verified: LRUCache<string, Verified>;
  /** Keys that were good the last time; only other keys count against their address. */
  readonly goodKeys: LRUCache<string, true>;
  readonly limit: ReturnType<typeof createSignInLimit>;
};

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const means: Means = {
    options,
    tenantOf: options.tenantOf ?? verifyTenant,
    verify: createVerifier(options),
    verified: new LRUCache({ max: MAX_CACHED }),
    goodKeys: new LRUCache({ max: MAX_CACHED }),
    limit: createSignInLimit(),
  };
  const authenticateKey = (secret: string, address?: string): Promise<Viewer> =>
    viewerOfKeyFrom(means, secret, address);
  return {
    authenticateKey,
    async authenticate(authorization, address) {
      if (authorization === undefined || authorization === '') return null;
      if (authorization.length > MAX_CREDENTIAL_LENGTH) throw refused('it is too long.');
      const [, scheme = '', credential = ''] = /^(\S+) +(\S+) *$/.exec(authorization) ?? [];
      switch (scheme.toLowerCase()) {
        case 'bearer':
          return isKey(credential)
            ? authenticateKey(credential, address)
            : limited(means, means.verified.has(credential), address, () => viewerOfToken(means, credential));
        case 'basic':
          return authenticateKey(
            Buffer.from(credential, 'base64').toString('utf8').replace(/:.*$/s, ''),
            address,
          );
        default:
          throw refused("send 'Authorization: Bearer <token or key>' or 'Basic <base64 of key:>'.");
      }
    },
  };
}

/** The name of a tenant in service. @throws DomainError `UNAUTHENTICATED` or `FORBIDDEN` */
async function nameOf({ options: { directory } }: Means, tenantId: string): Promise<string> {
  const tenant = await directory.tenant(tenantId);
  if (!tenant) throw refused('there is no such tenant here.');
  if (tenant.suspendedAt !== null)
    throw new DomainError('FORBIDDEN', 'This tenant is suspended. Ask the operator of this installation.');
  return tenant.name;
}

async function viewerOfToken(means: Means, token: string): Promise<Viewer> {
  const { verified, verify } = means;
  const { directory } = means.options;
  let entry = verified.get(token);
  const now = Date.now();
  if (!entry || entry.expiresAt <= now || now - entry.verifiedAt > CACHE_TTL_MS) {
    const { payload, isOwn } = await verify(token);
    entry = await entryOf(means, token, payload, isOwn);
    verified.set(token, entry);
  } else await nameOf(means, entry.viewer.tenant.id);
  // Whatever else is remembered: what ended it is asked each time, and known within seconds.
  if (await directory.isTokenRevoked(entry.tokenId)) throw refused('this token was revoked.');
  if (entry.keyId !== undefined) keyInForce(await directory.keyById(entry.keyId));
  return entry.viewer;
}

async function entryOf(means: Means, token: string, payload: JWTPayload, isOwn: boolean): Promise<Verified> {
  const { options } = means;
  const tenantId = payload['tenant'];
  if (typeof tenantId !== 'string' || !isTenantId(tenantId))
    throw refused("its claim 'tenant' must be the id of one tenant.");
  if (!isOwn && options.jwksTenants?.includes(tenantId) === false)
    throw refused('its issuer may not sign for this tenant (JWT_JWKS_TENANTS).');
  const keyId = isOwn ? payload[KEY_CLAIM] : undefined;
  const key = typeof keyId === 'string' ? keyInForce(await options.directory.keyById(keyId)) : undefined;
  return {
    viewer: Object.freeze({
      tenant: means.tenantOf(tenantId),
      tenantName: await nameOf(means, tenantId),
      scopes: scopesOf(payload['scope']),
      subject: subjectOf(payload.sub),
      isPublic: key?.kind === 'write',
    }),
    tokenId: tokenIdOf(token, payload),
    keyId: key?.keyId,
    expiresAt: ((payload.exp ?? 0) + options.clockSkewSeconds) * 1000,
    verifiedAt: Date.now(),
  };
}

async function viewerOfKey(means: Means, secret: string): Promise<Viewer> {
  const key = keyInForce(isKey(secret) ? await means.options.directory.findKey(secret) : undefined);
  return {
    tenant: means.tenantOf(key.tenantId),
    tenantName: await nameOf(means, key.tenantId),
    // A write key can only write, even if its row says more.
    scopes: new Set<Scope>(key.kind === 'write' ? ['activities:write'] : key.scopes),
    subject: `key:${key.keyId}`,
    isPublic: key.kind === 'write',
  };
}

const isUnauthenticated = (error: unknown): boolean =>
  error instanceof DomainError && error.code === 'UNAUTHENTICATED';

/** Asks, unless the address has been refused too often. Credentials that were good before are always asked. */
async function limited(
  { limit }: Means,
  isKnown: boolean,
  address: string | undefined,
  ask: () => Promise<Viewer>,
): Promise<Viewer> {
  if (!isKnown) limit.check(address);
  try {
    return await ask();
  } catch (error) {
    if (isUnauthenticated(error)) limit.refused(address);
    throw error;
  }
}

/** The viewer of a key from an address, within its limit. */
async function viewerOfKeyFrom(means: Means, secret: string, address?: string): Promise<Viewer> {
  const { goodKeys } = means;
  const viewer = await limited(means, goodKeys.has(secret), address, () =>
    viewerOfKey(means, secret).catch((error: unknown) => {
      if (isUnauthenticated(error)) goodKeys.delete(secret);
      throw error;
    }),
  );
  goodKeys.set(secret, true);
  return viewer;
}

/** The key, if it may be used now. @throws DomainError `UNAUTHENTICATED` */
function keyInForce(key: ApiKey | undefined): ApiKey {
  if (!key || key.revokedAt !== null) throw refused('this key is unknown or was revoked.');
  if (key.expiresAt !== null && key.expiresAt <= Date.now()) throw refused('this key has expired.');
  return key;
}

/** Verifies signature and claims of a token, and tells whether we signed it ourselves. */
function createVerifier(options: AuthenticatorOptions) {
  const keyOf = keySource(options);
  const ownIds = new Set(options.keySet.publicJwks.keys.map((key) => key.kid));
  const maxLifeSeconds = (options.maxTokenDays ?? MAX_TOKEN_DAYS) * 86_400;
  return async (token: string): Promise<{ readonly payload: JWTPayload; readonly isOwn: boolean }> => {
    try {
      const header = decodeProtectedHeader(token);
      // jose says of a token without a key only that none matches; which algorithms are taken is worth saying.
      if (!ALGORITHMS.includes(header.alg ?? ''))
        throw refused(`sign it with one of ${ALGORITHMS.join(', ')}.`);
      const { payload } = await jwtVerify(token, keyOf, {
        algorithms: ALGORITHMS,
        issuer: options.issuer,
        audience: options.audience,
        clockTolerance: options.clockSkewSeconds,
        requiredClaims: ['exp', 'tenant'],
      });
      if (header.typ !== undefined && !TYPES.has(String(header.typ).toLowerCase()))
        throw refused("its header says another 'typ' than JWT or at+jwt: it is no access token.");
      if ((payload.exp ?? 0) > Date.now() / 1000 + maxLifeSeconds + options.clockSkewSeconds)
        throw refused(`it expires in more than ${maxLifeSeconds / 86_400} days. Ask for a shorter one.`);
      return { payload, isOwn: options.jwksUrl === undefined || ownIds.has(header.kid ?? '') };
    } catch (error) {
      throw tokenError(error);
    }
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
