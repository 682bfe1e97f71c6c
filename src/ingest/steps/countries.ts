import { type CountryResponse, open, validate } from 'maxmind';

/**
 * Opens a local database of countries by IP address in MaxMind's format (GeoLite2 Country, DB-IP and others). It is
 * read into memory, and read again when the file is replaced. No address leaves the process.
 * @returns ISO 3166-1 alpha-2 of an address, or null
 * @throws Error when the file can't be read as such a database
 */
export async function openCountries(path: string): Promise<(ip: string) => string | null> {
  const reader = await open<CountryResponse>(path, {
    watchForUpdates: true,
    watchForUpdatesNonPersistent: true,
  }).catch((cause: unknown) => {
    throw new Error(`GEOIP_DATABASE: ${path} can't be read as a database in MaxMind's format.`, { cause });
  });
  return (ip) => (validate(ip) ? (reader.get(ip)?.country?.iso_code ?? null) : null);
}
