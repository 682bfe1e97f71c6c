import type { Entry } from './catalogue/entry.ts';
import type { Installation } from './installation.ts';

/** What the API said to a question: as many pages as it took to come to the end, one where it isn't paged. */
export type Answer = { readonly pages: readonly AnswerPage[] };
type AnswerPage = {
  readonly data: unknown;
  readonly errors: readonly { readonly message: string; readonly path: unknown; readonly code: unknown }[];
};

const MAX_PAGES = 20_000;
/** What does not answer at the moment is asked again so often. */
const ATTEMPTS = 20;

type Fields = Readonly<Record<string, unknown>>;
type Connection = {
  readonly edges?: readonly unknown[];
  readonly nodes?: readonly unknown[];
  readonly pageInfo: { readonly hasNextPage: boolean; endCursor: string | null };
};

/** Asks a question, to the end of its pages. Cursors are opaque: the answer tells only whether there is one. */
export async function ask(installation: Installation, entry: Entry): Promise<Answer> {
  const token = await installation.token(entry.tenant, entry.scopes);
  const pages: AnswerPage[] = [];
  for (let after: string | null = null; ; ) {
    const page: AnswerPage = await post(installation, token, entry.query, {
      ...entry.variables,
      ...(after && { after }),
    });
    pages.push(page);
    if (!entry.pages) return { pages };
    const connection = at(page.data, entry.pages) as Connection | undefined;
    if (!connection) return { pages };
    const { hasNextPage, endCursor } = connection.pageInfo;
    const size = (connection.edges ?? connection.nodes)?.length ?? 0;
    if (hasNextPage && (size === 0 || endCursor === null))
      throw new Error(`${entry.name}: an empty page says that more follow`);
    if (pages.length > MAX_PAGES) throw new Error(`${entry.name}: pages without end`);
    connection.pageInfo.endCursor = endCursor && 'opaque';
    if (!hasNextPage) return { pages };
    after = endCursor;
  }
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => (inner as Fields | null | undefined)?.[name], value);

async function post(
  installation: Installation,
  token: string,
  query: string,
  variables: Fields,
): Promise<AnswerPage> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(`${installation.api}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await response.json()) as {
      data?: unknown;
      errors?: { message: string; path?: unknown; extensions?: Fields }[];
    };
    const errors = (body.errors ?? []).map(({ message, path, extensions }) => ({
      message,
      path: path ?? null,
      code: extensions?.['code'],
    }));
    const isAway = body.errors?.some(({ extensions }) => extensions?.['retryable'] === true);
    if (!isAway || attempt === ATTEMPTS) return { data: body.data ?? null, errors };
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
