import { randomUUID } from 'node:crypto';
import { delimiter } from 'node:path';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import type { EngineDefinition } from '../definition.ts';
import { commonOptions, configured, source } from '../render.ts';
import { hbaseModuleOptions, renderHBase } from './hbase.ts';

export const pqs: EngineDefinition = {
  name: 'pqs',
  needs: ['hbase'],
  sets: ['pqs', 'hbase'],
  prepare: (context) => renderHBase(context, 'pqs'),
  arguments: (context) => [
    ...['-Xms256m', '-Xmx768m', '-XX:+UseParallelGC', '-XX:MaxDirectMemorySize=256m'],
    ...hbaseModuleOptions(),
    ...commonOptions(context),
    `-Dlog4j2.configurationFile=${configured(context, 'log4j2.properties')}`,
    '-cp',
    [
      configured(context),
      // META-INF/services, and the class that it names.
      source('pqs'),
      context.classes,
      ...context.jars('pqs'),
      ...context.jars('hbase'),
    ].join(delimiter),
    'org.apache.phoenix.queryserver.server.QueryServer',
  ],
  async probe({ ports, signal }) {
    const url = `http://127.0.0.1:${ports.pqs}/`;
    const connection = randomUUID();
    await call(url, 'OpenConnectionRequest', (request) => request.uint32(0x0a).string(connection), signal);
    try {
      const created = await call(
        url,
        'CreateStatementRequest',
        (request) => request.uint32(0x0a).string(connection),
        signal,
      );
      // An open connection alone says nothing once Phoenix has its metadata: the rows come from HBase.
      const statement = statementId(created);
      await call(
        url,
        'PrepareAndExecuteRequest',
        (request) =>
          request
            .uint32(0x0a)
            .string(connection)
            .uint32(0x12)
            .string('SELECT 1 FROM SYSTEM."CATALOG" LIMIT 1')
            .uint32(0x20)
            .uint32(statement)
            .uint32(0x28)
            .int64(1)
            .uint32(0x30)
            .int32(1),
        signal,
      );
    } finally {
      await call(url, 'CloseConnectionRequest', (request) => request.uint32(0x0a).string(connection), signal);
    }
  },
};

/** One Avatica request: common.proto's WireMessage around a message of requests.proto. */
async function call(
  url: string,
  name: string,
  write: (request: BinaryWriter) => BinaryWriter,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const message = new BinaryWriter()
    .uint32(0x0a)
    .string(`org.apache.calcite.avatica.proto.Requests$${name}`)
    .uint32(0x12)
    .bytes(write(new BinaryWriter()).finish())
    .finish();
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-google-protobuf' },
    body: new Uint8Array(message),
    signal,
  });
  const reader = new BinaryReader(new Uint8Array(await answer.arrayBuffer()));
  if (!answer.ok) throw new Error(`the query server answers ${name} with ${answer.status}`);
  let wrapped: Uint8Array = new Uint8Array();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1) {
      if (reader.string().endsWith('$ErrorResponse')) throw new Error(`the query server refuses ${name}`);
    } else if (field === 2) wrapped = reader.bytes();
    else reader.skip(type);
  }
  return wrapped;
}

/** Field 2 of CreateStatementResponse. */
function statementId(response: Uint8Array): number {
  const reader = new BinaryReader(response);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 2) return reader.uint32();
    reader.skip(type);
  }
  return 0;
}
