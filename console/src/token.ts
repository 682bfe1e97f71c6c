const STORAGE_KEY = 'journeygraph:token';
/** The characters of a token in a header (RFC 6750, b64token). */
const BEARER_TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/** The token in pasted text, with or without `Bearer` before it; `''` for none. Undefined when it can't be one. */
export function parseToken(text: string): string | undefined {
  const token = text.trim().replace(/^(authorization:\s*)?bearer(\s+|$)/i, '');
  return token === '' || BEARER_TOKEN.test(token) ? token : undefined;
}

/**
 * The token given in the address as `#token=…`, else that of this browser tab. A browser sends the fragment to no
 * server. It is removed from the address at once, so that nobody bookmarks or copies it by mistake.
 */
export function takeToken(): string {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const given = fragment.get('token');
  if (given === null) return sessionStorage.getItem(STORAGE_KEY) ?? '';
  fragment.delete('token');
  const rest = fragment.toString();
  history.replaceState(
    history.state,
    '',
    location.pathname + location.search + (rest === '' ? '' : `#${rest}`),
  );
  const token = parseToken(given) ?? '';
  keepToken(token);
  return token;
}

/** Keeps the token for this browser tab, until it is closed. */
export function keepToken(token: string): void {
  if (token === '') sessionStorage.removeItem(STORAGE_KEY);
  else sessionStorage.setItem(STORAGE_KEY, token);
}
