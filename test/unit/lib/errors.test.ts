import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { badInput, belowField, DomainError } from '../../../src/lib/errors.ts';

describe('the field of an error', () => {
  test("is below the caller's argument, whatever is thrown and when", async () => {
    const cases: readonly [string | undefined, string | undefined][] = [
      ['limit', 'query.limit'],
      ['filter[3].in', 'query.filter[3].in'],
      ['[2]', 'query[2]'],
      ['', 'query'],
      [undefined, undefined],
    ];
    for (const [field, expected] of cases) {
      const error = badInput('wrong', field);
      const now = belowField('query', () => {
        throw error;
      });
      const later = belowField('query', () => Promise.reject(error));
      for (const call of [now, later])
        await assert.rejects(call, { name: 'DomainError', code: 'BAD_USER_INPUT', field: expected });
    }
  });

  test('changes nothing else of the error', () => {
    const cause = new Error('inside');
    const error = new DomainError('TIMEOUT', 'late', {
      field: 'from',
      retryable: false,
      retryAfterMs: 5,
      cause,
    });
    const { code, message, retryable, retryAfterMs, field, cause: kept } = error.below('a').below('b');
    assert.deepEqual(
      { code, message, retryable, retryAfterMs, field },
      { code: 'TIMEOUT', message: 'late', retryable: false, retryAfterMs: 5, field: 'b.a.from' },
    );
    assert.equal(kept, cause);
  });

  test('is not given to errors of others', async () => {
    const error = new Error('other');
    await assert.rejects(
      belowField('query', () => Promise.reject(error)),
      (caught) => caught === error,
    );
  });
});
