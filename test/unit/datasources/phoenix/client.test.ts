import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AvaticaError, type AvaticaErrorCode } from '@journeygraph/avatica';
import { type PhoenixClient, withDomainErrors } from '../../../../src/datasources/phoenix/client.ts';
import { DomainError, type ErrorCode } from '../../../../src/lib/errors.ts';

/** A client whose calls all reject. */
const rejecting = (reason: unknown): PhoenixClient =>
  withDomainErrors({ query: () => Promise.reject(reason), batch: () => Promise.reject(reason) });

const rejections = async (client: PhoenixClient, signal?: AbortSignal): Promise<unknown[]> =>
  (
    await Promise.allSettled([client.query('SELECT 1', [], { signal }), client.batch('X', [], { signal })])
  ).map((result) => result.status === 'rejected' && result.reason);

const EXPECTED: Readonly<Record<AvaticaErrorCode, { code: ErrorCode; retryable: boolean }>> = {
  UNAVAILABLE: { code: 'BACKEND_UNAVAILABLE', retryable: true },
  UNAUTHORIZED: { code: 'BACKEND_UNAVAILABLE', retryable: false },
  TIMEOUT: { code: 'TIMEOUT', retryable: true },
  STATEMENT_REFUSED: { code: 'INTERNAL', retryable: false },
  INVALID_VALUE: { code: 'BAD_USER_INPUT', retryable: false },
  VALUE_COUNT: { code: 'INTERNAL', retryable: false },
  SERVER_NOT_UTC: { code: 'INTERNAL', retryable: false },
};

for (const [code, expected] of Object.entries(EXPECTED))
  test(`${code} of the query server becomes ${expected.code}, and stays as the cause`, async () => {
    const cause = new AvaticaError(code as AvaticaErrorCode, 'words of the client');
    for (const error of await rejections(rejecting(cause))) {
      assert.ok(error instanceof DomainError);
      assert.deepEqual({ code: error.code, retryable: error.retryable }, expected);
      assert.equal(error.cause, cause);
    }
  });

test('an aborted call rejects with the reason of its caller, or with TIMEOUT when the caller gives none', async () => {
  const reason = new DomainError('RATE_LIMITED', 'Enough.');
  assert.deepEqual(await rejections(rejecting(reason), AbortSignal.abort(reason)), [reason, reason]);
  const signal = AbortSignal.abort();
  for (const error of await rejections(rejecting(signal.reason), signal))
    assert.equal(error instanceof DomainError && error.code, 'TIMEOUT');
});

test('an error of another kind is passed on as it is', async () => {
  const fault = new TypeError('a fault of the program');
  assert.deepEqual(await rejections(rejecting(fault)), [fault, fault]);
});
