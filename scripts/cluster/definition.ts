import type { JarSet } from './jars.ts';
import type { Java } from './java.ts';
import type { Ports } from './ports.ts';
import type { EngineName } from './types.ts';

/** The settings that an engine starts with. */
export type EngineContext = {
  readonly java: Java;
  readonly ports: Ports;
  /** Its own directory of data and rendered configuration. */
  readonly directory: string;
  /** The jars of a set, verified. */
  jars(set: JarSet): readonly string[];
  /** The directory of the compiled classes of `cluster/<engine>/src`. */
  readonly classes: string;
};

type ProbeContext = EngineContext & {
  /** Whether this process has been ready before. */
  readonly wasReady: boolean;
  /** The process's log since its start, as far as it is kept. */
  log(): Promise<string>;
  readonly signal: AbortSignal;
};

/** How one engine is prepared, started and asked. */
export type EngineDefinition = {
  readonly name: EngineName;
  /** Engines that must be ready before this engine is probed; they are stopped after it. */
  readonly needs: readonly EngineName[];
  readonly sets: readonly JarSet[];
  /** Renders the configuration and makes directories; run before every start. */
  prepare(context: EngineContext): Promise<void>;
  /** The arguments of `java`. */
  arguments(context: EngineContext): readonly string[];
  /** Asks for something that only a working engine answers. @throws Error that names the missing part */
  probe(context: ProbeContext): Promise<void>;
};
