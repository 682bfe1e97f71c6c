import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides which campaigns the activity of a message starts: the Java of `decide` in `src/domain/campaigns/decision.ts`.
 * Pure, and the same for ever: the versions in force when the activity was received decide.
 *
 * Of most messages only the beginning is read: a message ends where it is clear that it starts nothing. Whatever the
 * order of its fields, the result is the same.
 */
final class Decider {
  static final int MAX_DEPTH = 10;

  private final Campaigns.Index campaigns;
  private final Activity activity = new Activity();
  private String tenant;
  private boolean isActivity;
  private boolean isComplete;

  private Decider(Campaigns.Index campaigns) {
    this.campaigns = campaigns;
  }

  /**
   * @param message value of a message of the topic `unique`
   * @throws IOException for one that is no record of version 1
   */
  static List<Decision> decide(byte[] message, Campaigns.Index campaigns) throws IOException {
    try (JsonParser json = Json.FACTORY.createParser(message)) {
      Decider decider = new Decider(campaigns);
      return decider.readMessage(json) ? decider.decisions() : List.of();
    }
  }

  /** @return false where the message starts nothing, true where its activity is read as a whole */
  private boolean readMessage(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) throw new MalformedMessage("it is no object");
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "version" -> {
          if (!(Json.value(json) instanceof Double version && version == 1))
            throw new MalformedMessage("it is of another version than 1");
        }
        case "tenant" -> {
          tenant = Json.text(json);
          if (tenant != null && !campaigns.has(tenant)) return false;
        }
        case "record" -> {
          if (!readRecord(json)) return false;
        }
        default -> json.skipChildren();
      }
      if (tenant != null && isComplete && isActivity) return true;
    }
    if (tenant == null) throw new MalformedMessage("it names no tenant");
    if (!isActivity || !isComplete) throw new MalformedMessage("it has no record");
    return true;
  }

  private boolean readRecord(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) throw new MalformedMessage("its record is no object");
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      json.nextToken();
      if (field.equals("kind")) {
        isActivity = "activity".equals(Json.value(json));
        if (!isActivity) return false;
      } else if (field.equals("activity")) {
        if (!readActivity(json)) return false;
      } else json.skipChildren();
    }
    return true;
  }

  private boolean readActivity(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) throw new MalformedMessage("its activity is no object");
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      json.nextToken();
      activity.read(field, json);
      boolean mayRule = field.equals("type") || field.equals("receivedAt");
      if (mayRule && isActivity && tenant != null && !mayStart()) return false;
    }
    activity.check();
    isComplete = true;
    return true;
  }

  /** Whether a campaign could be started, by what is read so far. */
  private boolean mayStart() {
    if (activity.type == null) return true;
    List<SmartCampaign> candidates = campaigns.of(tenant, activity.type);
    if (activity.receivedAt < 0) return !candidates.isEmpty();
    for (SmartCampaign campaign : candidates)
      if (campaign.versionAt(activity.receivedAt) != null) return true;
    return false;
  }

  private List<Decision> decisions() {
    if (activity.depth >= MAX_DEPTH) return List.of();
    List<Decision> decisions = new ArrayList<>(2);
    for (SmartCampaign campaign : campaigns.of(tenant, activity.type)) {
      SmartCampaign.Version version = campaign.versionAt(activity.receivedAt);
      if (version != null && campaign.isNews(activity) && fires(version)) decisions.add(decision(campaign, version));
    }
    return decisions;
  }

  private boolean fires(SmartCampaign.Version version) {
    for (SmartCampaign.Trigger trigger : version.triggers()) if (trigger.fires(activity)) return true;
    return false;
  }

  private Decision decision(SmartCampaign campaign, SmartCampaign.Version version) {
    return new Decision(
        tenant,
        Decision.idOf(tenant, campaign.id(), activity.id),
        campaign.id(),
        (long) version.number(),
        activity.leadKey,
        activity.id,
        activity.occurredAt,
        activity.receivedAt,
        activity.depth);
  }
}
