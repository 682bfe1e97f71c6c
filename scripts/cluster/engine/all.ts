import type { EngineDefinition } from '../definition.ts';
import { ENGINES, type EngineName } from '../types.ts';
import { druid } from './druid.ts';
import { hbase } from './hbase.ts';
import { kafka } from './kafka.ts';
import { pqs } from './pqs.ts';
import { solr } from './solr.ts';
import { spark } from './spark.ts';

export const DEFINITIONS: Readonly<Record<EngineName, EngineDefinition>> = {
  kafka,
  hbase,
  pqs,
  solr,
  druid,
  spark,
};

/** Some engines with all that they need, in the order of `ENGINES`. */
export function withNeeds(names: readonly EngineName[]): readonly EngineName[] {
  return ENGINES.filter((engine) =>
    names.some((name) => name === engine || DEFINITIONS[name].needs.includes(engine)),
  );
}
