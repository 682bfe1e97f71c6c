import { describe } from 'node:test';
import { boundsSuite } from '../support/bounds.ts';

/** The long form is `npm run verify -- faults`. */
describe('No request holds the event loop for long or ends the process', () =>
  boundsSuite({ activities: 100, step: 4, documents: 25 }));
