import { ok } from '../draft/draft.ts';
import type { Candidate, Step } from '../draft/pipeline.ts';

/**
 * Leaves out what robots do on web sites, where that is asked for. Never used for e-mail: there a robot's click is a
 * fact about the delivery, and reports leave it out themselves.
 */
export const createRobots = (areWanted: boolean): Step<Candidate> =>
  function robots(candidate) {
    return areWanted || !candidate.isBot
      ? ok(candidate)
      : { kind: 'drop', reason: 'A robot did this, and robots on web sites are not recorded here.' };
  };
