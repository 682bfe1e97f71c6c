import type { Logger } from 'pino';

/** An unhandled failure: a rejected promise, or an error that nothing could catch. */
export type Unhandled = 'unhandledRejection' | 'uncaughtException';

export type UnhandledOptions = {
  readonly logger: Logger;
  readonly count: (kind: Unhandled) => void;
  /** Ends the process in order, with exit code 1. */
  readonly stop: () => void;
};

/**
 * Logs and counts unhandled failures. A rejection ends nothing: it belongs to one piece of work, whose caller was
 * answered or timed out. After an uncaught exception the state of the process is unknown: it drains and ends, and its
 * supervisor restarts it.
 */
export function watchUnhandled({ logger, count, stop }: UnhandledOptions): void {
  process.on('unhandledRejection', (reason) => {
    count('unhandledRejection');
    logger.error({ err: reason }, 'a rejection that nobody handled');
  });
  process.on('uncaughtException', (error) => {
    count('uncaughtException');
    logger.fatal({ err: error }, 'an exception that nobody caught; the process drains and ends');
    stop();
  });
}
