import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allFollowers, type FollowerServices } from '../../../src/followers/all.ts';
import { groupOf } from '../../../src/followers/kafka-group/follower.ts';
import { SEARCH } from '../../../src/followers/search-indexer.ts';
import { SETTLE } from '../../../src/followers/settle.ts';

test('each follower has a group and a topic of its own, which no release may change', () => {
  const kafka = { brokers: [], prefix: 'acme.', clientId: 'test' };
  // The list itself asks nothing of the services.
  const followers = allFollowers({} as FollowerServices);
  const places = followers.map((follower) => [groupOf(kafka, follower), follower.topic(kafka)]);
  // A renamed group would begin the topic anew.
  assert.deepEqual(places, [
    ['acme.settle', 'acme.activities'],
    ['acme.repeats', 'acme.repeats'],
    ['acme.search', 'acme.unique'],
    ['acme.campaigns', 'acme.decisions'],
  ]);
  for (const { name } of [SETTLE, SEARCH]) assert.ok(followers.some((follower) => follower.name === name));
});
