/** The engines of the cluster profile that a test run may have, and where their addresses are said. */
export const ENGINE_VARIABLES = {
  kafka: 'JOURNEYGRAPH_TEST_KAFKA',
  phoenix: 'JOURNEYGRAPH_TEST_PQS',
  solr: 'JOURNEYGRAPH_TEST_SOLR',
  druid: 'JOURNEYGRAPH_TEST_DRUID',
  'druid-coordinator': 'JOURNEYGRAPH_TEST_DRUID_COORDINATOR',
} as const;
export type EngineName = keyof typeof ENGINE_VARIABLES;

/** The address of an engine. @throws Error when the run has none: skip the suite by `engineSkip` first */
export function engine(name: EngineName): string {
  const address = process.env[ENGINE_VARIABLES[name]];
  if (!address) throw new Error(`This test run has no ${name}: set ${ENGINE_VARIABLES[name]}.`);
  return address;
}

/** For `describe(name, { skip: engineSkip('solr') }, …)`: why a suite can't run here, or false when it can. */
export function engineSkip(...names: readonly EngineName[]): string | false {
  const missing = names.filter((name) => !process.env[ENGINE_VARIABLES[name]]);
  return missing.length > 0 && `needs ${missing.join(' and ')}, which this test run doesn't have`;
}
