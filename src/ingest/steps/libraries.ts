import { isJsonObject, type JsonObject } from '../../domain/json.ts';

/** Tracking libraries that run in browsers, by the name they give (`context.library.name`). */
const BROWSER =
  /^(?:analytics\.js|@segment\/analytics-next|analytics-next|RudderLabs JavaScript SDK|@rudderstack\/analytics-js\S*|@?jitsu[-/]js)$/i;
/** Of mobile libraries, the platform in their name: `analytics-kotlin`, `com.rudderstack.android.sdk.core`. */
const MOBILE =
  /(?:^|[^a-z])(?:kotlin|android|ios|swift|react[-_. ]?native|flutter|xamarin|cordova|capacitor|unity)(?:[^a-z]|$)/i;

/**
 * Where the library that sent an activity runs; null for a library on a server and for an unknown library. Activities
 * from a library in a browser or an app come from the person's own device.
 */
export function clientLibrary(context: JsonObject): 'browser' | 'mobile' | null {
  const name = isJsonObject(context['library']) ? context['library']['name'] : undefined;
  if (typeof name !== 'string') return null;
  if (BROWSER.test(name.trim())) return 'browser';
  return MOBILE.test(name) ? 'mobile' : null;
}
