import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isObjectType, isUnionType } from 'graphql';
import { ruledFields } from '../../../../src/auth/rules.ts';
import { SCOPES, type Scope } from '../../../../src/domain/scopes.ts';
import { buildSubgraph } from '../../../../src/gateway/graphql/build-subgraph.ts';
import { protect, unruled } from '../../../../src/gateway/graphql/shield.ts';
import { DomainError } from '../../../../src/lib/errors.ts';
import { subgraphs } from '../../../../src/resolvers/all.ts';
import { type FieldResolver, resolversOf, type Subgraph } from '../../../../src/resolvers/subgraph.ts';
import { aViewer } from '../../../support/tokens.ts';

const bare = ({ name, typeDefs }: Subgraph) => ({ name, typeDefs, resolvers: {} });
const entityScopes = Object.fromEntries(
  subgraphs.flatMap(({ entities }) => entities.map(({ kind, references }) => [kind.type, references])),
);

for (const subgraph of subgraphs) {
  const { name, rules } = subgraph;
  describe(`rules of '${name}'`, () => {
    test('every field has one', () => {
      assert.deepEqual(unruled(bare(subgraph), rules), []);
    });

    test('every one names a type and a field that exist, and no interface or union', () => {
      const schema = buildSubgraph(bare(subgraph));
      for (const [type, fields] of Object.entries(rules)) {
        const found = schema.getType(type);
        assert.ok(isObjectType(found), `${type} is no object type`);
        for (const field of ruledFields(fields))
          assert.ok(field === '*' || found.getFields()[field], `there is no ${type}.${field}`);
      }
      assert.doesNotThrow(() => protect(bare(subgraph), rules, entityScopes));
    });

    test('every entity it resolves has scopes', () => {
      const union = buildSubgraph(bare(subgraph)).getType('_Entity');
      for (const { name: entity } of isUnionType(union) ? union.getTypes() : [])
        assert.ok(entityScopes[entity], entity);
    });
  });
}

test('scopes are declared for entities only that a subgraph resolves', () => {
  const resolved = subgraphs.flatMap((subgraph) => {
    const union = buildSubgraph(bare(subgraph)).getType('_Entity');
    return isUnionType(union) ? union.getTypes().map((type) => type.name) : [];
  });
  assert.deepEqual(Object.keys(entityScopes).sort(), [...new Set(resolved)].sort());
});

/** Which scopes open what. None: any valid credential. `admin` opens everything. */
const OPENED_BY: Readonly<Record<string, readonly Scope[]>> = {
  'Query.viewer': [],
  'Query.node': ['activities:read'],
  'Query.nodes': ['activities:read'],
  'Query.lead': ['activities:read'],
  'Query.leads': ['activities:read'],
  'Query.activity': ['activities:read'],
  'Query.activities': ['activities:read'],
  'Query.activityTypes': ['activities:read', 'activities:write'],
  'Query.activityType': ['activities:read', 'activities:write'],
  'Query.searchActivities': ['activities:read'],
  'Query.searchLeads': ['activities:read'],
  'Query.campaign': ['activities:read', 'analytics:read'],
  'Query.campaigns': ['activities:read', 'analytics:read'],
  'Query.emailPerformance': ['analytics:read'],
  'Query.metrics': ['analytics:read'],
  'Query.ingestionLimits': [],
  'Query.failedActivities': ['activities:read'],
  'Mutation.recordActivities': ['activities:write'],
  'Mutation.identifyLeads': ['activities:write'],
  'Mutation.defineActivityType': ['admin'],
  'Mutation.replayFailedActivities': ['admin'],
  'Query.erasure': ['admin'],
  'Query.exportLead': ['admin'],
  'Mutation.eraseLead': ['admin'],
  'Campaign.performance': ['analytics:read'],
  'Query.smartCampaign': ['activities:read'],
  'Query.smartCampaigns': ['activities:read'],
  'Query.validateCampaign': ['activities:read'],
  'Query.previewCampaign': ['activities:read'],
  'Query.explainQualification': ['activities:read'],
  'Query.campaignRuns': ['activities:read'],
  'Query.campaignRun': ['activities:read'],
  'Query.leadList': ['activities:read'],
  'Query.leadLists': ['activities:read'],
  'Mutation.createSmartCampaign': ['campaigns:write'],
  'Mutation.updateSmartCampaign': ['campaigns:write'],
  'Mutation.activateSmartCampaign': ['campaigns:write'],
  'Mutation.deactivateSmartCampaign': ['campaigns:write'],
  'Mutation.cloneSmartCampaign': ['campaigns:write'],
  'Mutation.deleteSmartCampaign': ['campaigns:write'],
  'Mutation.scheduleCampaign': ['campaigns:write'],
  'Mutation.requestCampaign': ['campaigns:write'],
  'Mutation.replayCampaignRun': ['campaigns:write'],
  'Mutation.createLeadList': ['campaigns:write'],
  'Mutation.updateLeadList': ['campaigns:write'],
  'Mutation.deleteLeadList': ['campaigns:write'],
  'Mutation.addToLeadList': ['campaigns:write'],
  'Mutation.removeFromLeadList': ['campaigns:write'],
  'LeadList.members': ['activities:read'],
  'LeadList.size': ['activities:read'],
};

describe('what each scope opens', () => {
  /** Every field behind a rule, with a resolver that tells that it was reached. */
  const guarded = new Map<string, FieldResolver>();
  for (const subgraph of subgraphs) {
    const schema = buildSubgraph(bare(subgraph));
    const resolvers = Object.fromEntries(
      Object.values(schema.getTypeMap())
        .filter((type) => isObjectType(type) && !type.name.startsWith('_'))
        .map((type) => [
          type.name,
          Object.fromEntries(
            Object.keys(isObjectType(type) ? type.getFields() : {})
              .filter((field) => !field.startsWith('_'))
              .map((field) => [field, () => 'reached']),
          ),
        ]),
    );
    const module = { ...bare(subgraph), resolvers };
    const behind = protect(module, subgraph.rules, entityScopes);
    for (const [type, fields] of Object.entries(resolvers))
      for (const [field, before] of Object.entries(fields)) {
        const resolve = resolversOf(behind, type)[field];
        if (resolve && resolve !== before) guarded.set(`${type}.${field}`, resolve);
      }
  }

  test('guarded are all entries of the graph, and no field besides', () => {
    assert.deepEqual([...guarded.keys()].sort(), Object.keys(OPENED_BY).sort());
  });

  /** The code of the refusal, or `reached`. */
  const outcome = async (resolve: FieldResolver, viewer: unknown): Promise<unknown> => {
    const result = await resolve({}, {}, { viewer }, {} as never);
    return result instanceof DomainError ? result.code : result;
  };

  for (const [field, openedBy] of Object.entries(OPENED_BY))
    test(`${field}: ${openedBy.join(' or ') || 'any credential'}`, async () => {
      const resolve = guarded.get(field);
      assert.ok(resolve);
      assert.equal(await outcome(resolve, null), 'UNAUTHENTICATED');
      assert.equal(await outcome(resolve, aViewer()), openedBy.length === 0 ? 'reached' : 'FORBIDDEN');
      for (const scope of SCOPES) {
        const opens = openedBy.length === 0 || openedBy.includes(scope) || scope === 'admin';
        assert.equal(await outcome(resolve, aViewer(scope)), opens ? 'reached' : 'FORBIDDEN', scope);
      }
    });
});
