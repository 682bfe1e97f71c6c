const YESTERDAY = new Date(Date.now() - 24 * 3_600_000).toISOString();
/** Of standard types, and of the first that a tenant declares. */
const TYPES = ['1', '2', '6', '10', '12', '13', '100001', '100002', '90001'];

export type Answered = { readonly path: string; readonly text: string };

/**
 * Asks every address of Marketo's dialect that reads, with every parameter.
 * @param token who asks; undefined for nobody
 * @param reader whose page token and leads are used where the caller gets none
 * @param planted words to look for
 */
export async function sweepMarketo(
  address: string,
  token: string | undefined,
  reader: string | undefined,
  planted: readonly string[],
): Promise<Answered[]> {
  const answers: Answered[] = [];
  const ask = async (path: string, as = token): Promise<string> => {
    const response = await fetch(address + path, { headers: as ? { authorization: `Bearer ${as}` } : {} });
    const text = await response.text();
    if (as === token) answers.push({ path, text });
    return text;
  };
  const first = (text: string, pattern: RegExp): string | undefined => pattern.exec(text)?.[1];
  const pageToken = async (as: string | undefined): Promise<string | undefined> =>
    first(
      await ask(`/rest/v1/activities/pagingtoken.json?sinceDatetime=${YESTERDAY}`, as),
      /"nextPageToken":"([^"]+)"/,
    );
  const page = encodeURIComponent((await pageToken(token)) ?? (await pageToken(reader)) ?? 'none');
  const activities = `/rest/v1/activities.json?nextPageToken=${page}`;
  const changes = `/rest/v1/activities/leadchanges.json?nextPageToken=${page}`;
  const all = TYPES.join(',');
  const listed = await ask(`${activities}&activityTypeIds=${all}`);
  const lead = first(listed, /"leadId":(\d+)/) ?? '1';
  const campaigns = await ask('/rest/v1/campaigns.json', reader);
  const lists = await ask('/rest/v1/lists.json', reader);
  const campaign = first(campaigns, /"id":(\d+)/) ?? '1';
  const list = first(lists, /"id":(\d+)/) ?? '1';
  const words = planted.map(encodeURIComponent);
  for (const path of [
    '/identity/oauth/token?grant_type=client_credentials&client_id=x&client_secret=y',
    '/rest/v1/activities/types.json',
    ...TYPES.map((id) => `${activities}&activityTypeIds=${id}&batchSize=2`),
    `${activities}&activityTypeIds=${all}&leadIds=${lead}`,
    `${activities}&activityTypeIds=1&listId=1`,
    ...words.map((word) => `${activities}&activityTypeIds=${all}&assetIds=${word}`),
    `${changes}&fields=email,name,phone,plan&batchSize=1`,
    `${changes}&fields=name&leadIds=${lead}`,
    ...words.map((word) => `${changes}&fields=${word}`),
    '/rest/asset/v1/smartCampaigns.json?maxReturn=200',
    `/rest/asset/v1/smartCampaign/${campaign}.json`,
    ...words.map((word) => `/rest/asset/v1/smartCampaign/byName.json?name=${word}`),
    '/rest/v1/campaigns.json',
    `/rest/v1/campaigns/${campaign}.json`,
    ...words.map((word) => `/rest/v1/campaigns.json?name=${word}`),
    '/rest/v1/lists.json',
    `/rest/v1/lists/${list}.json`,
    ...words.map((word) => `/rest/v1/lists.json?name=${word}`),
    `/rest/v1/lists/${list}/leads.json?fields=email,name,phone,plan,externalId`,
    `/rest/v1/leads.json?filterType=email&filterValues=${words[0] ?? 'x'}`,
  ])
    await ask(path);
  return answers;
}
