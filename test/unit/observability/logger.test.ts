import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorLine } from '../../../src/observability/logger.ts';

const told = (line: unknown): unknown =>
  JSON.parse(JSON.stringify(line, (key, value) => (key === 'stack' ? undefined : value)));

test('the log has an error with its causes, and of several attempts every reason once', () => {
  const refused = () => new Error('no connection', { cause: new Error('wrong password') });
  const failed = new AggregateError([refused(), refused(), new Error('no connection')], 'failed 3 times');
  assert.deepEqual(told(errorLine(new Error('away', { cause: failed }))), {
    name: 'Error',
    message: 'away',
    cause: {
      name: 'AggregateError',
      message: 'failed 3 times',
      errors: [
        { name: 'Error', message: 'no connection', cause: { name: 'Error', message: 'wrong password' } },
        { name: 'Error', message: 'no connection' },
      ],
    },
  });
});

test('the log has none of the fields that drivers hang onto errors', () => {
  const error = Object.assign(new Error('failed'), {
    query: 'SELECT secret',
    headers: { authorization: 'x' },
  });
  assert.deepEqual(told(errorLine(error)), { name: 'Error', message: 'failed' });
});
