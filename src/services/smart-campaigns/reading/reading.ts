import type { Fault, FaultCode } from '../../../domain/campaigns/validation/fault.ts';
import { type IdKind, requireGlobalId } from '../../../domain/ids.ts';
import { DomainError } from '../../../lib/errors.ts';
import type { Asker } from '../../search/activity-filter.ts';

/** The parts of an input while they are read: faults are collected, and each part's place is kept. */
export class Reading {
  readonly faults: Fault[] = [];
  readonly asker: Asker;
  readonly #places = new WeakMap<object, string>();

  constructor(asker: Asker) {
    this.asker = asker;
  }

  add(code: FaultCode, path: string, message: string): void {
    this.faults.push({ code, path, message });
  }

  /** Keeps where a part was written. */
  place<T extends object>(part: T, path: string): T {
    this.#places.set(part, path);
    return part;
  }

  pathOf = (part: object): string | undefined => this.#places.get(part);

  /**
   * Reads a part.
   * @returns `otherwise` for a part that can't be read, which is a fault
   * @throws DomainError `FORBIDDEN` for personal data without the scope `leads:pii`
   */
  attempt<T>(path: string, otherwise: T, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'BAD_USER_INPUT') throw error;
      this.add('INVALID_VALUE', error.field ?? path, error.message);
      return otherwise;
    }
  }

  /** The local id in a global id; a text that no object has for anything else. */
  id(kind: IdKind, id: string, path: string): string {
    return this.attempt(path, '', () => requireGlobalId(kind, id, path));
  }
}
