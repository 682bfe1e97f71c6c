import { type Candidate, enrich, type Step } from '../draft/pipeline.ts';

/**
 * An activity that names both a person and a device links the device to the person. Links are resolved at read time.
 */
export const createLinks = (): Step<Candidate> =>
  function links(candidate) {
    const { identity, arrival } = candidate;
    const { anonymousId, occurredAt } = arrival.draft;
    if (identity.kind !== 'known' || anonymousId === null) return enrich(candidate, undefined);
    return enrich(candidate, {
      links: [
        {
          identity,
          email: null,
          traits: {},
          links: [{ kind: 'anonymous', anonymousId }],
          at: occurredAt,
          isFromActivity: true,
        },
      ],
    });
  };
