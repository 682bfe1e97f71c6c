/** The engines of the cluster profile, in the order in which they are listed. */
export const ENGINES = ['kafka', 'hbase', 'pqs', 'solr', 'druid', 'spark'] as const;
export type EngineName = (typeof ENGINES)[number];

/** Where clients reach the engines; all of it on 127.0.0.1. */
export type Addresses = {
  /** host:port of the only broker */
  readonly kafka: string;
  /** Phoenix Query Server, e.g. http://127.0.0.1:18765 */
  readonly pqs: string;
  /** ends in /solr */
  readonly solr: string;
  /** Druid's broker: SQL */
  readonly druid: string;
  /** Druid's coordinator and overlord: supervisors, tasks */
  readonly druidCoordinator: string;
};

/**
 * `starting`: its process runs, but doesn't answer yet. `ready`: asked for something real, it answered.
 * `unready`: was ready, and failed to answer its last probes. `waiting`: it died and will be started again.
 */
export type Phase = 'starting' | 'ready' | 'unready' | 'waiting' | 'stopped';

export type EngineStatus = {
  readonly name: EngineName;
  readonly phase: Phase;
  readonly pid: number | null;
  /** The port that clients use. */
  readonly port: number;
  /** How often the supervisor started it again after it died. */
  readonly restarts: number;
  /** ISO 8601, or null when it isn't ready. */
  readonly readySince: string | null;
  /** From the start of its process until it was ready, the last time. */
  readonly secondsToReady: number | null;
  readonly rssBytes: number | null;
};

export type StartOptions = {
  /** The engines keep their data under `<dataDir>/cluster/<engine>`. */
  readonly dataDir: string;
  /** Added to every port; `'free'` (the default) takes the first offset whose ports are all free. */
  readonly portOffset?: number | 'free';
  /** Only these, and what they need (pqs needs hbase, and spark needs kafka). */
  readonly only?: readonly EngineName[];
  /** Lines of progress: fetched jars, ready engines. */
  readonly onProgress?: (line: string) => void;
  /** The engines must be ready within this time, downloads excluded. Default 300,000. */
  readonly timeoutMs?: number;
};

export type Engines = {
  readonly addresses: Addresses;
  readonly portOffset: number;
  status(): readonly EngineStatus[];
  /** Sends a signal (SIGKILL by default) and resolves when that process has ended. The supervisor restarts it. */
  kill(name: EngineName, signal?: NodeJS.Signals): Promise<void>;
  /** Ends an engine in good order; resolves when its next process is ready. */
  restart(name: EngineName, timeoutMs?: number): Promise<void>;
  /** Resolves when an engine (all, unless named) answers. @throws Error after `timeoutMs` (default 300,000) */
  untilReady(name?: EngineName, timeoutMs?: number): Promise<void>;
  /** Ends the engines and their supervisor; resolves when no process of them is left. */
  stop(): Promise<void>;
};
