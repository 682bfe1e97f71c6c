import { GraphiQL } from 'graphiql';
import { useEffect, useMemo, useState } from 'react';
import { createFetcher, fetchViewer, type ViewerState } from './api.ts';
import { exampleTabs } from './examples.ts';
import { Header } from './header.tsx';
import { keepToken, takeToken } from './token.ts';

/** GraphiQL takes a mutable array; made once, so that its identity stays the same between renders. */
const defaultTabs = exampleTabs.map((tab) => ({ ...tab }));

/** The whole page. A new token gives a new fetcher, which makes GraphiQL fetch the schema again. */
export function App({ endpoint }: { readonly endpoint: string }) {
  const [token, setToken] = useState(takeToken);
  const [viewer, setViewer] = useState<ViewerState>({ kind: 'checking' });
  const fetcher = useMemo(() => createFetcher(endpoint, token), [endpoint, token]);

  useEffect(() => {
    const follow = () => setToken(takeToken());
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);

  useEffect(() => {
    const aborter = new AbortController();
    setViewer({ kind: 'checking' });
    void fetchViewer(endpoint, token, aborter.signal).then((state) => {
      if (!aborter.signal.aborted) setViewer(state);
    });
    return () => aborter.abort();
  }, [endpoint, token]);

  const applyToken = (next: string) => {
    keepToken(next);
    setToken(next);
  };

  return (
    <>
      <Header token={token} viewer={viewer} onToken={applyToken} />
      <main className="jg-main">
        <GraphiQL
          fetcher={fetcher}
          defaultTabs={defaultTabs}
          defaultEditorToolsVisibility="variables"
          inputValueDeprecation
          shouldPersistHeaders={false}
          customScalarSchemas={{ JSON: {} }}
        >
          <GraphiQL.Logo>
            <span />
          </GraphiQL.Logo>
        </GraphiQL>
      </main>
    </>
  );
}
