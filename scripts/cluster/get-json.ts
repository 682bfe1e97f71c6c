/** The answer to a request as JSON; a body makes it a POST. @throws Error unless the status is 2xx */
export async function getJson<T>(url: string, signal: AbortSignal, body?: unknown): Promise<T> {
  const answer = await fetch(url, {
    signal,
    ...(body !== undefined && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${new URL(url).pathname} answers ${answer.status}`);
  return (text === '' ? null : JSON.parse(text)) as T;
}
