import { setFlagsFromString } from 'node:v8';

/**
 * Rows are garbage as soon as they are sent. V8 would let some 200 MB of it pile up before it collects; told to prefer
 * a small heap it does not, also where it runs already.
 */
export const keepHeapSmall = (): void => setFlagsFromString('--optimize-for-size');
