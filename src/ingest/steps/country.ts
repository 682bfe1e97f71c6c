import { isJsonObject } from '../../domain/json.ts';
import { type Candidate, enrich, type Step } from '../draft/pipeline.ts';

/** ISO 3166-1 alpha-2 of an IP address, where a database knows it. */
export type CountryOf = (ip: string) => string | null;

const CODE = /^[a-z]{2}$/i;

/**
 * The country. The sender's comes first (`context.country`, `context.location.countryCode` or `.country`), then the IP
 * address in the context. The address of the request is last, and only where it is the person's own. That holds for
 * libraries in browsers and apps, and for Segment's `context.direct`. It is not kept.
 */
export const createCountry = (countryOf: CountryOf): Step<Candidate> =>
  function country(candidate) {
    const { context, arrival } = candidate;
    const location = isJsonObject(context['location']) ? context['location'] : {};
    for (const said of [context['country'], location['countryCode'], location['country']])
      if (typeof said === 'string' && CODE.test(said))
        return enrich(candidate, { country: said.toUpperCase() });
    const { ip } = context;
    const address = typeof ip === 'string' ? ip : arrival.draft.address;
    const found = address === undefined ? null : countryOf(address);
    return enrich(candidate, found === null ? undefined : { country: found });
  };
