import { privacyOf } from '../../auth/privacy.ts';
import type { Viewer } from '../../auth/viewer.ts';
import type { CampaignDefinition, PersonFilter, SmartCampaign } from '../../domain/campaigns/model.ts';
import { versionAt } from '../../domain/campaigns/model.ts';
import { unknownAttribute } from '../../domain/campaigns/validation/conditions.ts';
import {
  type Validation,
  validateDefinition,
  validateListFilter,
} from '../../domain/campaigns/validation/definition.ts';
import type { Fault, Surroundings } from '../../domain/campaigns/validation/fault.ts';
import { belowField } from '../../lib/errors.ts';
import type { CampaignPorts } from './ports.ts';
import type { DefinitionInput, PersonInput } from './reading/input.ts';
import { readDefinition } from './reading/read-definition.ts';
import { readPerson } from './reading/read-person.ts';
import { Reading } from './reading/reading.ts';

/** Something that was read, with all of its faults. */
export type Judged<T> = { readonly value: T; readonly faults: readonly Fault[] };

/** The definition of a campaign that would run: that in force, else the draft. */
export const runningDefinition = (campaign: SmartCampaign, now: number): CampaignDefinition =>
  (versionAt(campaign, now) ?? campaign.versions.find(({ validTo }) => validTo === null))?.definition ??
  campaign.draft;

/** Reads and validates what marketers write. */
export function createJudge(ports: CampaignPorts) {
  const surroundings = async (
    { tenant }: Viewer,
    id: string | null,
    signal: AbortSignal,
  ): Promise<Surroundings> => {
    const [types, campaigns, lists] = await Promise.all([
      ports.types.list(tenant, signal),
      ports.campaigns.all(tenant, signal),
      ports.lists.all(tenant, signal),
    ]);
    const now = ports.now();
    return {
      id,
      types,
      campaigns: campaigns.map((one) => ({
        id: one.id,
        name: one.name,
        definition: runningDefinition(one, now),
      })),
      lists,
      allowedHosts: ports.allowedHosts,
      now,
    };
  };

  /** Attributes that neither their type declares nor any activity of it has. */
  const unknownAttributes = async (
    { tenant }: Viewer,
    { undeclared }: Validation,
    { types }: Surroundings,
    signal: AbortSignal,
  ): Promise<Fault[]> => {
    const seen = new Map<string, Promise<boolean>>();
    const isSeen = ({ type, name }: { readonly type: string; readonly name: string }): Promise<boolean> => {
      const key = `${type}\0${name}`;
      let found = seen.get(key);
      if (!found) {
        found = ports.search
          .searchActivities(tenant, { ...ANY, filter: hasAttribute(type, name) }, signal)
          .then(({ hits }) => hits.length > 0);
        seen.set(key, found);
      }
      return found;
    };
    const faults = await Promise.all(
      undeclared.map(async (one): Promise<Fault[]> => {
        if (await isSeen(one)) return [];
        return [{ code: 'UNKNOWN_ATTRIBUTE', path: one.path, message: unknownAttribute(one, types) }];
      }),
    );
    return faults.flat();
  };

  const judge = async <T>(
    viewer: Viewer,
    id: string | null,
    read: (reading: Reading) => T,
    validate: (value: T, around: Surroundings) => Validation,
    signal: AbortSignal,
  ): Promise<Judged<T>> => {
    const around = await surroundings(viewer, id, signal);
    const reading = new Reading({ privacy: privacyOf(viewer), types: around.types });
    const value = read(reading);
    const validation = validate(value, { ...around, pathOf: reading.pathOf });
    const unknown = await unknownAttributes(viewer, validation, around, signal);
    return { value, faults: merged(reading.faults, [...validation.faults, ...unknown]) };
  };

  return {
    surroundings,

    /** @param id of the campaign; null for a new campaign */
    definition: (viewer: Viewer, id: string | null, input: DefinitionInput, signal: AbortSignal) =>
      belowField('definition', async () =>
        belowDefinition(
          await judge(viewer, id, (reading) => readDefinition(reading, input), validateDefinition, signal),
        ),
      ),

    /** Validates a definition that was read before. */
    async stored(viewer: Viewer, id: string, definition: CampaignDefinition, signal: AbortSignal) {
      return belowDefinition(await judge(viewer, id, () => definition, validateDefinition, signal)).faults;
    },

    /** @param id of the list; null for a new list */
    listFilter: (viewer: Viewer, id: string | null, input: PersonInput, signal: AbortSignal) =>
      judge<PersonFilter | undefined>(
        viewer,
        id,
        (reading) => readPerson(reading, input, 'filter'),
        (filter, around) => (filter ? validateListFilter(filter, around) : { faults: [], undeclared: [] }),
        signal,
      ),
  };
}

/** Faults at the place of the definition in the call. */
const belowDefinition = <T>({ value, faults }: Judged<T>): Judged<T> => ({
  value,
  faults: faults.map((fault) => ({
    ...fault,
    path: fault.path === '' ? 'definition' : `definition.${fault.path}`,
  })),
});

/** Without faults that follow from a part that could not be read. */
const merged = (unread: readonly Fault[], invalid: readonly Fault[]): Fault[] => [
  ...unread,
  ...invalid.filter(
    ({ code, path }) =>
      !unread.some((fault) => fault.path === path || (code === 'EMPTY' && fault.path.startsWith(path))),
  ),
];

const hasAttribute = (type: string, name: string) =>
  ({
    op: 'and',
    filters: [
      { op: 'in', field: 'type', values: [type] },
      { op: 'attribute', name, test: 'exists', value: true },
    ],
  }) as const;

const ANY = {
  query: null,
  sort: 'NEWEST',
  first: 1,
  after: null,
  highlight: false,
  total: null,
  pii: true,
  facets: [],
} as const;
