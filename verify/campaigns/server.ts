import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SmartCampaign } from '../../src/domain/campaigns/model.ts';
import type { GraphqlData } from '../../test/support/application.ts';
import { type Child, startChild } from '../../test/support/child.ts';
import { until } from '../../test/support/until.ts';

/** A server that is killed and started again over the same data. */
export type Killable = {
  address(): string;
  token(tenant?: 'one' | 'two'): string;
  /**
   * An operation; `undefined` when the server could not be asked, or answered that it is to be asked again.
   * @throws AssertionError where the operation itself is refused
   */
  ask(query: string, variables?: object, tenant?: 'one' | 'two'): Promise<GraphqlData | undefined>;
  /** `kill -9`, and a new start. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

const CHILD = join(import.meta.dirname, 'child.ts');

export async function startKillable(
  env: Readonly<Record<string, string>>,
  campaigns: readonly SmartCampaign[],
): Promise<Killable> {
  Object.assign(process.env, { DEMO: 'false', PORT: '0', ...env });
  process.env['CAMPAIGNS'] = JSON.stringify(campaigns);
  let child: Child;
  let [address, one, two] = ['', '', ''];
  const start = async (): Promise<void> => {
    child = startChild(CHILD, []);
    await until('the server answers', () => {
      assert.equal(child.process.exitCode, null, child.errors());
      return child.lines.some((line) => line.startsWith('ready '));
    });
    [, address = '', one = '', two = ''] =
      child.lines.find((line) => line.startsWith('ready '))?.split(' ') ?? [];
  };
  await start();
  return {
    address: () => address,
    token: (tenant = 'one') => (tenant === 'one' ? one : two),
    async ask(query, variables = {}, tenant = 'one') {
      const response = await fetch(`${address}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${tenant === 'one' ? one : two}`,
        },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(60_000),
      }).catch(() => undefined);
      const body = (await response?.json().catch(() => undefined)) as GraphqlData;
      return body?.errors ? undefined : body?.data;
    },
    async restart() {
      await child.kill();
      await start();
    },
    stop: () => child.stop(),
  };
}

/** The messages of a tenant in an outbox. */
export async function messagesIn(outbox: string, tenant = 'one'): Promise<string[]> {
  const files = (await readdir(join(outbox, tenant)).catch(() => [])).filter((name) => name.endsWith('.eml'));
  return Promise.all(files.map((name) => readFile(join(outbox, tenant, name), 'utf8')));
}
