import type { ActivityDraft } from '../../../src/ingest/draft/draft.ts';
import { activity, BARRIER, type Cast, DAY, HOUR, type Item, lead } from './items.ts';

/** People whom the catalogue asks for by name. */
export const PEOPLE = {
  /** Known by three external ids and two devices, some of it said late. */
  ana: 'ana',
  anaFormer: 'ana-former',
  /** An e-mail address as external id. */
  carla: 'carla@example.org',
  /** Linked in a chain: device to device to an old id to this one. */
  chained: 'chained',
  /** Identify calls alone. */
  quiet: 'quiet',
  /** Does more than any other. */
  hub: 'hub',
  /** Of one and the same millisecond. */
  burst: 'burst',
  japanese: '山田 太郎',
  quoted: `quote " ' \\ %_ ; --`,
} as const;
export const DEVICES = {
  anaPhone: 'ana-phone',
  anaLaptop: 'ana-laptop',
  /** Said to be Ana's first, then someone else's: the first link counts. */
  shared: 'shared-tablet',
  /** Never linked to anybody. */
  lonely: 'lonely-device',
} as const;

const visit = (
  who: Pick<ActivityDraft, 'externalId'> | Pick<ActivityDraft, 'anonymousId'>,
  messageId: string,
  occurredAt: number,
  title: string,
): Item =>
  activity({
    ...who,
    messageId,
    occurredAt,
    attributes: { url: `https://www.example.com/${messageId}`, path: `/${messageId}`, title },
    context: { ip: '192.0.2.7', page: { title }, locale: 'en-GB' },
  });

/** How many activities the hub and the burst have. */
const sizesOf = ({ activities }: Pick<Cast, 'activities'>) => ({
  hub: Math.min(3_000, Math.max(230, Math.round(activities / 300))),
  burst: 130,
});

/** Links, merges, long timelines and names with traps, the same few people in every tenant. */
export function* people(cast: Cast): Generator<Item> {
  yield* ana(cast);
  yield* chain(cast);
  yield* others(cast);
  yield* crowds(cast);
}

function* ana({ seed, endsAt }: Cast): Generator<Item> {
  const at = (days: number) => endsAt - days * DAY;
  const id = (name: string) => `${seed}-ana-${name}`;
  yield visit({ anonymousId: DEVICES.anaPhone }, id('phone-1'), at(40), 'Pricing on the phone');
  yield visit({ anonymousId: DEVICES.anaLaptop }, id('laptop-1'), at(39), 'Pricing on the laptop');
  yield visit({ externalId: PEOPLE.anaFormer }, id('former-1'), at(38), 'Under her former name');
  yield visit({ anonymousId: DEVICES.shared }, id('shared-1'), at(37), 'On a shared tablet');
  yield lead({
    externalId: PEOPLE.ana,
    anonymousId: DEVICES.anaPhone,
    email: 'Ana.Lopez@Example.com',
    traits: { name: 'Ana López', age: 41, vip: true, plan: 'free', city: 'Málaga', score: 0.5 },
    at: at(36),
  });
  yield BARRIER;
  yield lead({ externalId: PEOPLE.ana, aliases: [PEOPLE.anaFormer], traits: { plan: 'team' }, at: at(20) });
  // What was said earlier comes later, and changes nothing of what was said since.
  yield lead(
    { externalId: PEOPLE.ana, traits: { plan: 'trial', employer: 'Initech' }, at: at(30) },
    'segment',
  );
  yield lead({ externalId: PEOPLE.ana, traits: { city: null, vip: false }, at: at(10) });
  yield lead({
    externalId: PEOPLE.anaFormer,
    email: 'ana@former.example',
    traits: { maiden: 'García' },
    at: at(50),
  });
  // Two values of the same moment.
  yield lead({ externalId: PEOPLE.ana, traits: { tie: 'a' }, at: at(9) });
  yield lead({ externalId: PEOPLE.ana, traits: { tie: 'b' }, at: at(9) }, 'segment');
  // Activities that name both link the device, too.
  yield activity({
    externalId: PEOPLE.ana,
    anonymousId: DEVICES.anaLaptop,
    messageId: id('laptop-2'),
    occurredAt: at(8),
    attributes: { url: 'https://www.example.com/account', path: '/account', title: 'Account' },
  });
  yield activity({
    externalId: PEOPLE.ana,
    anonymousId: DEVICES.shared,
    messageId: id('shared-2'),
    occurredAt: at(7),
  });
  yield BARRIER;
  yield activity({
    externalId: 'bo',
    anonymousId: DEVICES.shared,
    messageId: `${seed}-bo-shared`,
    occurredAt: at(6),
  });
  yield lead({ externalId: 'bo', anonymousId: DEVICES.shared, traits: { name: 'Bo' }, at: at(6) }, 'segment');
  yield visit({ anonymousId: DEVICES.shared }, id('shared-3'), at(5), 'On the tablet again');
}

function* chain({ seed, endsAt }: Cast): Generator<Item> {
  const at = (days: number) => endsAt - days * DAY;
  for (const [index, device] of ['chain-0', 'chain-1', 'chain-2'].entries())
    yield visit({ anonymousId: device }, `${seed}-${device}`, at(30 - index), `Step ${index} of a chain`);
  yield visit({ externalId: 'chained-old' }, `${seed}-chained-old`, at(26), 'Last step of a chain');
  yield lead({ anonymousId: 'chain-1', aliases: ['chain-0'], at: at(25) });
  yield BARRIER;
  yield lead(
    { externalId: 'chained-old', anonymousId: 'chain-1', traits: { name: 'Chained' }, at: at(24) },
    'segment',
  );
  yield BARRIER;
  yield lead(
    { externalId: PEOPLE.chained, aliases: ['chained-old'], email: 'chained@example.net', at: at(23) },
    'segment',
  );
  yield BARRIER;
  yield lead({ externalId: PEOPLE.chained, anonymousId: 'chain-2', at: at(22) });
  yield visit({ externalId: PEOPLE.chained }, `${seed}-chained`, at(21), 'After the chain');
}

function* others({ seed, endsAt }: Cast): Generator<Item> {
  const at = (days: number) => endsAt - days * DAY;
  for (let index = 0; index < 3; index += 1)
    yield visit(
      { externalId: PEOPLE.carla },
      `${seed}-carla-${index}`,
      at(15 - index),
      'Known by an address',
    );
  yield lead({ externalId: PEOPLE.carla, email: PEOPLE.carla, traits: { name: 'Carla' }, at: at(12) });
  yield lead({
    externalId: PEOPLE.quiet,
    email: 'quiet@example.com',
    traits: { name: 'Quiet Person' },
    at: at(3),
  });
  for (let index = 0; index < 4; index += 1)
    yield visit(
      { anonymousId: DEVICES.lonely },
      `${seed}-lonely-${index}`,
      at(60 - index),
      'Nobody knows who',
    );
  yield visit({ externalId: PEOPLE.japanese }, `${seed} 山田 "1"`, at(4), '山田太郎様 春の大セール開催中');
  yield lead({ externalId: PEOPLE.japanese, traits: { 名前: '山田 太郎', name: '山田太郎' }, at: at(4) });
  yield visit({ externalId: PEOPLE.quoted }, `${seed}-quoted'--"`, at(2), `It's a "quote" <b>& more</b>`);
}

function* crowds(cast: Cast): Generator<Item> {
  const { seed, endsAt } = cast;
  const { hub, burst } = sizesOf(cast);
  const types = ['Visit Webpage', 'Click Link', 'View Screen', 'Open App'];
  for (let index = 0; index < hub; index += 1)
    yield activity({
      externalId: PEOPLE.hub,
      messageId: `${seed}-hub-${index}`,
      type: types[index % types.length] ?? '',
      // Three of every moment, an hour and a bit apart.
      occurredAt: endsAt - HOUR - Math.floor(index / 3) * 37 * 60_000,
      assetId: index % 5 === 0 ? `asset-${index % 7}` : null,
    });
  for (let index = 0; index < burst; index += 1)
    yield activity({
      externalId: PEOPLE.burst,
      messageId: `${seed}-burst-${index}`,
      type: 'Click Link',
      occurredAt: endsAt - 33 * DAY,
      attributes: { link: `https://www.example.com/burst/${index % 10}` },
    });
}
