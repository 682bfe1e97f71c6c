import { type Privacy, privacyOf } from '../../auth/privacy.ts';
import type { Viewer } from '../../auth/viewer.ts';
import type { ActivitySummary } from '../../domain/activity.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ActivityTypes } from '../../ingest/door/activity-types.ts';
import { inTurn } from '../../lib/turns.ts';

/** The viewer of activities, and the types that decide about masks. */
type Reader = {
  readonly privacy: Privacy;
  readonly typeOf: (name: string) => ReturnType<ActivityTypes['get']>;
};

/**
 * An activity as its viewer may see it. Its texts, attributes and context are masked when a caller asks for them: parsed
 * JSON can take 13 times the memory of its text.
 */
export class ShownActivity {
  private readonly activity: ActivitySummary;
  private readonly reader: Reader;

  constructor(activity: ActivitySummary, reader: Reader) {
    this.activity = activity;
    this.reader = reader;
  }

  get id() {
    return this.activity.id;
  }
  get leadKey() {
    return this.activity.leadKey;
  }
  /** Name of its activity type. */
  get type() {
    return this.activity.type;
  }
  get messageId(): string {
    return this.reader.privacy.text(this.activity.messageId);
  }
  /** Epoch milliseconds. */
  get occurredAt() {
    return this.activity.occurredAt;
  }
  /** Epoch milliseconds. */
  get receivedAt() {
    return this.activity.receivedAt;
  }
  /** For look-ups, as it is. */
  get campaignId(): string | null {
    return this.activity.campaign?.id ?? null;
  }
  get assetId(): string | null {
    const { assetId } = this.activity;
    return assetId === null ? null : this.reader.privacy.text(assetId);
  }
  get channel() {
    return this.activity.channel;
  }
  get source() {
    return this.activity.source;
  }
  get country() {
    return this.activity.country;
  }
  get device() {
    return this.activity.device;
  }
  get isBot() {
    return this.activity.isBot;
  }
  get agentKind() {
    return this.activity.agentKind;
  }
  get enrichmentVersion() {
    return this.activity.enrichmentVersion;
  }

  /**
   * Its attributes. Long work is split, so that other requests get their turn.
   * @param onTurn runs before the work; an error of it ends the call
   * @throws Error where the activity was read without its attributes
   */
  async attributes(onTurn: () => void = () => {}): Promise<JsonObject> {
    const { privacy, typeOf } = this.reader;
    const type = privacy.pii ? undefined : await typeOf(this.type);
    return inTurn(() => {
      onTurn();
      return privacy.attributes(this.detail('attributes'), type);
    });
  }

  /** Its context. @throws Error where the activity was read without its context */
  context(): JsonObject {
    return this.reader.privacy.context(this.detail('context'));
  }

  private detail(name: 'attributes' | 'context'): JsonObject {
    const value = this.activity[name];
    if (!value) throw new Error(`activity ${this.id} was read without its ${name}`);
    return value;
  }
}

/** Shows activities to a viewer. @param signal ends the look-ups of types */
export function showTo(
  viewer: Viewer,
  types: Pick<ActivityTypes, 'get'>,
  signal: AbortSignal,
): (activity: ActivitySummary) => ShownActivity {
  const reader: Reader = {
    privacy: privacyOf(viewer),
    typeOf: (name) => types.get(viewer.tenant, name, signal),
  };
  return (activity) => new ShownActivity(activity, reader);
}
