import type { BinaryWriter } from '@bufbuild/protobuf/wire';
import { encodeValue } from './encode.ts';
import type { SqlType } from './types.ts';
import type { AvaticaValue } from './values.ts';
import { encodeRequest, LENGTH_DELIMITED, tag, VARINT } from './wire.ts';

/** Requests of requests.proto, in full: each function gives the bytes to post. */

const string = (writer: BinaryWriter, field: number, value: string): BinaryWriter =>
  writer.uint32(tag(field, LENGTH_DELIMITED)).string(value);
const message = (writer: BinaryWriter, field: number): BinaryWriter =>
  writer.uint32(tag(field, LENGTH_DELIMITED)).fork();

/** @param info properties of the Phoenix connection, e.g. `TenantId` */
export const openConnection = (connectionId: string, info: Readonly<Record<string, string>>): Uint8Array =>
  encodeRequest('OpenConnectionRequest', (writer) => {
    string(writer, 1, connectionId);
    for (const [key, value] of Object.entries(info)) {
      message(writer, 2);
      string(string(writer, 1, key), 2, value);
      writer.join();
    }
  });

export const closeConnection = (connectionId: string): Uint8Array =>
  encodeRequest('CloseConnectionRequest', (writer) => {
    string(writer, 1, connectionId);
  });

/**
 * Sets autocommit, and so checks whether the server still has the connection. The server counts it as a use of the
 * connection, unlike running a prepared statement.
 */
export const connectionSync = (connectionId: string): Uint8Array =>
  encodeRequest('ConnectionSyncRequest', (writer) => {
    string(writer, 1, connectionId);
    message(writer, 2);
    // is_dirty, auto_commit, has_auto_commit
    for (const field of [1, 2, 7]) writer.uint32(tag(field, VARINT)).bool(true);
    writer.join();
  });

export const prepare = (connectionId: string, sql: string): Uint8Array =>
  encodeRequest('PrepareRequest', (writer) => {
    string(writer, 1, connectionId);
    string(writer, 2, sql);
    // max_rows_total: no limit
    writer.uint32(tag(4, VARINT)).int64(-1);
  });

export const closeStatement = (connectionId: string, statementId: number): Uint8Array =>
  encodeRequest('CloseStatementRequest', (writer) => {
    string(writer, 1, connectionId);
    writer.uint32(tag(2, VARINT)).uint32(statementId);
  });

/**
 * @param parameters the server's description of the parameters
 * @param frameSize rows in the answer at most; the server makes it 100 where it is more, and −2 stands for all
 */
export const execute = (
  connectionId: string,
  statementId: number,
  values: readonly AvaticaValue[],
  parameters: readonly SqlType[],
  frameSize: number,
): Uint8Array =>
  encodeRequest('ExecuteRequest', (writer) => {
    message(writer, 1);
    string(writer, 1, connectionId);
    writer.uint32(tag(2, VARINT)).uint32(statementId);
    // The server fails on a handle without a signature, and needs nothing of what is in it.
    message(writer, 3).join();
    writer.join();
    for (let index = 0; index < values.length; index++) {
      writer.uint32(tag(2, LENGTH_DELIMITED));
      encodeValue(writer, values[index] ?? null, parameters[index]);
    }
    writer.uint32(tag(4, VARINT)).bool(true);
    writer.uint32(tag(5, VARINT)).int32(frameSize);
  });

export const executeBatch = (
  connectionId: string,
  statementId: number,
  rows: readonly (readonly AvaticaValue[])[],
  parameters: readonly SqlType[],
): Uint8Array =>
  encodeRequest('ExecuteBatchRequest', (writer) => {
    string(writer, 1, connectionId);
    writer.uint32(tag(2, VARINT)).uint32(statementId);
    for (const row of rows) {
      message(writer, 3);
      for (let index = 0; index < row.length; index++) {
        writer.uint32(tag(1, LENGTH_DELIMITED));
        encodeValue(writer, row[index] ?? null, parameters[index]);
      }
      writer.join();
    }
  });

/** @param offset rows received so far; the server continues from its own position and ignores it */
export const fetch = (
  connectionId: string,
  statementId: number,
  offset: number,
  frameSize: number,
): Uint8Array =>
  encodeRequest('FetchRequest', (writer) => {
    string(writer, 1, connectionId);
    writer.uint32(tag(2, VARINT)).uint32(statementId);
    writer.uint32(tag(3, VARINT)).uint64(offset);
    writer.uint32(tag(5, VARINT)).int32(frameSize);
  });
