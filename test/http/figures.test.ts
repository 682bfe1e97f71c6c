import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ALL_SCOPES, openInstallation, type TestInstallation } from '../support/application.ts';

for (const profile of ['embedded', 'postgres'] as const)
  describe(`figures on ${profile}`, () => {
    let product: TestInstallation;
    let token: string;
    const ask = (query: string, variables: Record<string, unknown> = {}) =>
      product.graphql(token, query, variables).then(({ body }) => body);
    const faults = async (query: string) =>
      (await ask(query)).errors?.map(({ message, extensions }) => [
        extensions['code'],
        extensions['argument'],
        message,
      ]);

    before(async () => {
      product = await openInstallation({}, profile);
      token = await product.token('one', ALL_SCOPES);
      const times = [
        '2026-10-24T21:30:00Z',
        '2026-10-24T22:30:00Z',
        '2026-10-25T22:30:00Z',
        '2026-10-28T09:00:00Z',
      ];
      const activities = times.map((occurredAt, index) => ({
        messageId: `v${index}`,
        externalId: 'ann',
        type: 'Visit Webpage',
        occurredAt,
        campaign: { id: 'autumn' },
        attributes: { title: 'T' },
      }));
      const { errors } = await ask(
        'mutation ($activities: [ActivityInput!]!) { recordActivities(input: {activities: $activities}) { results { status } } }',
        { activities },
      );
      assert.equal(errors, undefined);
    });
    after(() => product.close());

    test('a day of 25 hours is one, and the zone is told by its name', async () => {
      const { data } = await ask(
        `{ metrics(query: { measures: [VISITS], grain: DAY, timeZone: "europe/berlin"
             from: "2026-10-25T00:00:00+02:00", to: "2026-10-26T00:00:00+01:00" }) { timeZone rows { time values { value } } } }`,
      );
      assert.deepEqual(data.metrics, {
        timeZone: 'Europe/Berlin',
        rows: [{ time: '2026-10-24T22:00:00.000Z', values: [{ value: 2 }] }],
      });
    });

    test("a campaign's series and time facets go by the zone too, and by the first day of its weeks", async () => {
      const { data, errors } = await ask(
        `{ campaign(externalId: "autumn") { performance(grain: WEEK, timeZone: "Europe/Berlin", weekStart: SUNDAY
             from: "2026-10-24T00:00:00+02:00", to: "2026-10-29T00:00:00+01:00") { series { time visits } } }
           searchActivities(first: 1, facets: [
             { name: "days", time: DAY, timeZone: "Europe/Berlin" }
             { name: "last two", time: DAY, timeZone: "Europe/Berlin", limit: 2 }
             { name: "quarters", time: QUARTER, timeZone: "Asia/Kolkata" }
             { name: "years", time: YEAR }
           ]) { facets { name values { value count } } } }`,
      );
      assert.equal(errors, undefined);
      assert.deepEqual(data.campaign.performance.series, [
        { time: '2026-10-17T22:00:00.000Z', visits: 1 },
        { time: '2026-10-24T22:00:00.000Z', visits: 3 },
      ]);
      type Facet = { name: string; values: { value: string; count: number }[] };
      const facets = Object.fromEntries(
        (data.searchActivities.facets as Facet[]).map(({ name, values }) => [
          name,
          values.map(({ value, count }) => `${value.slice(0, 16)} ${count}`),
        ]),
      );
      const days = [
        '2026-10-23T22:00 1',
        '2026-10-24T22:00 2',
        '2026-10-25T23:00 0',
        '2026-10-26T23:00 0',
        '2026-10-27T23:00 1',
      ];
      assert.deepEqual(facets, {
        days,
        'last two': days.slice(-2),
        quarters: ['2026-09-30T18:30 4'],
        years: ['2026-01-01T00:00 4'],
      });
    });

    test('a zone that there is not is refused at its path', async () => {
      const message =
        "There is no time zone of this name. Name one of the IANA database, such as 'Europe/Berlin'.";
      assert.deepEqual(
        await faults('{ metrics(query: {measures: [VISITS], timeZone: "Mars/Base"}) { totalRows } }'),
        [['BAD_USER_INPUT', 'query.timeZone', message]],
      );
      assert.deepEqual(
        await faults('{ searchActivities(facets: [{time: DAY, timeZone: "+02:00"}]) { facets { name } } }'),
        [['BAD_USER_INPUT', 'facets[0].timeZone', message]],
      );
    });

    test('a wrong period is refused at its place in the query', async () => {
      const fault = async (query: string) => {
        const [first] =
          (await faults(`{ metrics(query: {measures: [VISITS], ${query}}) { totalRows } }`)) ?? [];
        return first?.slice(0, 2);
      };
      const cases = [
        ['from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z"', 'query.from'],
        ['from: "2020-01-01T00:00:00Z", to: "2026-01-01T00:00:00Z", grain: HOUR', 'query.grain'],
        ['limit: 0', 'query.limit'],
        ['order: [{dimension: 0}]', 'query.order[0]'],
        ['having: [{measure: SENT, gt: 1}]', 'query.having[0].measure'],
      ] as const;
      for (const [query, path] of cases)
        assert.deepEqual(await fault(query), ['BAD_USER_INPUT', path], query);
    });

    test('an attribute that nobody declares and nothing has is refused, with near names', async () => {
      const message = (name: string, hint: string) =>
        `No activity type declares the attribute '${name}', and no activity has it. ${hint}`;
      const near = "Near names are 'title'.";
      const cases: readonly (readonly [string, string, string])[] = [
        [
          'metrics(query: {measures: [VISITS], dimensions: [{field: TYPE}, {attribute: "titel"}]}) { totalRows }',
          'query.dimensions[1].attribute',
          'titel',
        ],
        [
          'metrics(query: {measures: [VISITS], filter: [{attribute: "tilte", in: ["T"]}]}) { totalRows }',
          'query.filter[0].attribute',
          'tilte',
        ],
        [
          'searchActivities(facets: [{attribute: "Title_"}]) { facets { name } }',
          'facets[0].attribute',
          'Title_',
        ],
        [
          'searchActivities(filter: {or: [{isBot: true}, {not: {attribute: {name: "titel", eq: "T"}}}]}) { nodes { id } }',
          'filter.or[1].not.attribute.name',
          'titel',
        ],
      ];
      for (const [query, path, name] of cases)
        assert.deepEqual(await faults(`{ ${query} }`), [['BAD_USER_INPUT', path, message(name, near)]]);
      assert.deepEqual(
        await faults(
          '{ metrics(query: {measures: [VISITS], dimensions: [{attribute: "traits.origin"}]}) { totalRows } }',
        ),
        [
          [
            'BAD_USER_INPUT',
            'query.dimensions[0].attribute',
            message('traits.origin', "'activityTypes' lists the attributes that are declared."),
          ],
        ],
      );
    });

    test('an attribute that only schemaless senders have can be asked for, once it is there', async () => {
      const query =
        '{ metrics(query: {measures: [ACTIVITIES], from: "2026-10-01T00:00:00Z", to: "2026-11-01T00:00:00Z", dimensions: [{attribute: "flavour"}]}) { rows { dimensions { value } } } }';
      assert.equal((await ask(query)).errors?.length, 1);
      const { directory } = product.application;
      const key = await directory.createKey({ tenantId: 'one', kind: 'write', scopes: [], name: 'k' });
      const response = await fetch(`${product.address}/v1/track`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`${key}:`)}` },
        body: JSON.stringify({
          event: 'Ice eaten',
          userId: 'ann',
          messageId: 'ice',
          timestamp: '2026-10-20T00:00:00Z',
          properties: { flavour: 'mint' },
        }),
      });
      assert.equal(response.status, 200);
      for (;;) {
        const { data, errors } = await ask(query);
        // A name that was not there is not looked for again at once.
        if (errors) continue;
        const values = data.metrics.rows.map(
          (row: { dimensions: { value: string | null }[] }) => row.dimensions[0]?.value,
        );
        assert.deepEqual(values.sort(), ['mint', null].sort());
        return;
      }
    });
  });
