import { type FormEvent, useEffect, useState } from 'react';
import type { ViewerState } from './api.ts';
import { parseToken } from './token.ts';

type HeaderProps = {
  readonly token: string;
  readonly viewer: ViewerState;
  readonly onToken: (token: string) => void;
};

/** Name, the place for the token, and whose data it opens. */
export function Header({ token, viewer, onToken }: HeaderProps) {
  const [draft, setDraft] = useState(token);
  const [shown, setShown] = useState(false);
  const [malformed, setMalformed] = useState(false);
  useEffect(() => {
    setDraft(token);
    setMalformed(false);
  }, [token]);

  const apply = () => {
    const parsed = parseToken(draft);
    setMalformed(parsed === undefined);
    if (parsed === undefined) return;
    setDraft(parsed);
    if (parsed !== token) onToken(parsed);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    apply();
  };

  return (
    <header className="jg-header">
      <h1 className="jg-brand">
        <Mark />
        Journeygraph
      </h1>
      <form className="jg-token" onSubmit={submit}>
        <label htmlFor="token">Bearer token</label>
        <input
          id="token"
          type={shown ? 'text' : 'password'}
          value={draft}
          placeholder="Paste a token"
          autoComplete="off"
          spellCheck={false}
          aria-invalid={malformed || viewer.kind === 'refused'}
          aria-describedby="viewer"
          onChange={(event) => setDraft(event.target.value)}
          onBlur={apply}
        />
        <button type="button" aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? 'Hide' : 'Show'}
        </button>
        <button type="submit" className="jg-primary">
          Use
        </button>
      </form>
      <p id="viewer" className="jg-viewer" role="status" data-state={malformed ? 'malformed' : viewer.kind}>
        {malformed ? 'This is no token: it has characters that none can have.' : <Viewer viewer={viewer} />}
      </p>
    </header>
  );
}

function Viewer({ viewer }: { readonly viewer: ViewerState }) {
  switch (viewer.kind) {
    case 'checking':
      return 'Checking …';
    case 'anonymous':
      return 'Connected';
    case 'known':
      return (
        <>
          <strong title={viewer.tenantId}>{viewer.tenantName}</strong>
          {viewer.scopes.map((scope) => (
            <span key={scope} className="jg-scope">
              {scope}
            </span>
          ))}
        </>
      );
    case 'refused':
      return (
        <>
          <span className="jg-error">{viewer.message}</span>
          {viewer.needsToken && (
            <span>
              Paste a token: <code>npm run token -- --tenant acme</code>
            </span>
          )}
        </>
      );
  }
}

/** Three stations on a path. */
function Mark() {
  return (
    <svg width="26" height="26" viewBox="0 0 26 26" aria-hidden="true">
      <path d="M5 20 C 5 10, 13 18, 13 12 S 21 14, 21 6" fill="none" stroke="currentColor" strokeWidth="2" />
      <circle cx="5" cy="20" r="3" fill="currentColor" />
      <circle cx="13" cy="13" r="2.5" fill="currentColor" />
      <circle cx="21" cy="6" r="3" fill="currentColor" />
    </svg>
  );
}
