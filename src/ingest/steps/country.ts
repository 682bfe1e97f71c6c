import { isJsonObject } from '../../domain/json.ts';
import { type Candidate, known, type Step } from '../draft/pipeline.ts';

/** ISO 3166-1 alpha-2 of an IP address, where a database knows it. */
export type CountryOf = (ip: string) => string | null;

const CODE = /^[a-z]{2}$/i;

/**
 * The country: as the sender says it (`context.country`, `context.location.countryCode` or `.country`), else by the IP
 * address in the context, else by the address that the request came from where it is the person's: a library in a
 * browser or an app sent it, or the sender says so (Segment, `context.direct`). That last address is not kept.
 */
export const createCountry = (countryOf: CountryOf): Step<Candidate> =>
  function country(candidate) {
    const { context, arrival } = candidate;
    const location = isJsonObject(context['location']) ? context['location'] : {};
    for (const said of [context['country'], location['countryCode'], location['country']])
      if (typeof said === 'string' && CODE.test(said))
        return known(candidate, { country: said.toUpperCase() });
    const { ip } = context;
    const address = typeof ip === 'string' ? ip : arrival.draft.address;
    const found = address === undefined ? null : countryOf(address);
    return known(candidate, found === null ? undefined : { country: found });
  };
