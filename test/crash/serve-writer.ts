import type { Activity } from '../../src/domain/activity.ts';
import type { LeadUpdate } from '../../src/domain/lead.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import type { Writer } from '../../src/ingest/write/writer-port.ts';
import { DomainError } from '../../src/lib/errors.ts';

/** What the parent asks for, over the process's IPC channel. */
export type Request = { readonly id: number; readonly tenant: string } & (
  | { readonly kind: 'activities'; readonly activities: readonly Activity[] }
  | { readonly kind: 'leads'; readonly updates: readonly LeadUpdate[] }
  | { readonly kind: 'type'; readonly name: string }
  | { readonly kind: 'store'; readonly isDown: boolean }
  | { readonly kind: 'status' }
  | { readonly kind: 'close' }
);
export type Answer =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'ready'; readonly replayed: number; readonly tornBytes: number }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refused'; readonly id: number; readonly code: string; readonly retryable: boolean };

export const send = (answer: Answer): void => void process.send?.(answer);

export type Behind = {
  /** Closes what is behind the writer. */
  close(): Promise<void>;
  /** Cuts the store off, or connects it again. */
  setStore?(isDown: boolean): void;
};

/** Does what the parent asks of a writer, for as long as the process lives. */
export function serveWriter(
  writer: Writer,
  start: { readonly replayed: number; readonly tornBytes: number },
  behind: Behind,
): void {
  const never = new AbortController().signal;
  const handle = async (request: Request): Promise<unknown> => {
    const tenant = verifyTenant(request.tenant);
    switch (request.kind) {
      case 'activities':
        return writer.writeActivities(tenant, request.activities, never);
      case 'leads':
        return writer.writeLeadUpdates(tenant, request.updates, never);
      case 'type':
        return writer.defineType(
          tenant,
          { name: request.name, category: 'CUSTOM', description: '', conversion: true, attributes: [] },
          never,
        );
      case 'store':
        return behind.setStore?.(request.isDown);
      case 'status':
        return writer.status();
      case 'close':
        await writer.close();
        await behind.close();
        return undefined;
    }
  };
  process.on('message', (request: Request) => {
    handle(request).then(
      (value) => {
        send({ kind: 'done', id: request.id, value });
        if (request.kind === 'close') process.disconnect();
      },
      (error: unknown) => {
        const known = error instanceof DomainError ? error : new DomainError('INTERNAL', String(error));
        send({ kind: 'refused', id: request.id, code: known.code, retryable: known.retryable });
      },
    );
  });
  send({ kind: 'ready', ...start });
}
