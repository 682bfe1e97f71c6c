import { type Candidate, known, type Step } from '../draft/pipeline.ts';

/** An activity that names both a person and a device links the device to the person; who is who is resolved when read. */
export const createLinks = (): Step<Candidate> =>
  function links(candidate) {
    const { identity, arrival } = candidate;
    const { anonymousId, occurredAt } = arrival.draft;
    if (identity.kind !== 'known' || anonymousId === null) return known(candidate, undefined);
    return known(candidate, {
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
