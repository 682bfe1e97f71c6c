import { describe } from 'node:test';
import { boundsSuite } from '../../test/support/bounds.ts';

describe('No request holds the event loop for long or ends the process', () =>
  boundsSuite({ activities: 1_000, step: 1, documents: 420 }));
