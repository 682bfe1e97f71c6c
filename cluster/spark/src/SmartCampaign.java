import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Of a campaign, what decides: the triggers of its versions. */
record SmartCampaign(String tenant, String id, double revision, List<Version> versions) {
  /** In force for activities with validFrom <= receivedAt < validTo. */
  record Version(double number, double validFrom, double validTo, List<Trigger> triggers) {}

  record Trigger(String type, Condition filter, boolean includeBots) {
    boolean fires(Activity activity) {
      return type.equals(activity.type)
          && (includeBots || !activity.isBot)
          && (filter == null || filter.holds(activity));
    }
  }

  /**
   * A message of the topic `campaigns`: `{"version": 1, "tenant": …, "campaign": SmartCampaign}`.
   * @throws MalformedMessage for any other, and for another version
   */
  static SmartCampaign of(JsonNode message) throws MalformedMessage {
    if (message.path("version").asDouble() != 1) throw new MalformedMessage("version " + message.path("version"));
    String tenant = message.path("tenant").textValue();
    JsonNode campaign = message.path("campaign");
    String id = campaign.path("id").textValue();
    if (tenant == null || id == null || !campaign.path("revision").isNumber())
      throw new MalformedMessage("it is no campaign of a tenant");
    List<Version> versions = new ArrayList<>();
    for (JsonNode version : campaign.path("versions")) versions.add(version(version));
    return new SmartCampaign(tenant, id, campaign.path("revision").doubleValue(), List.copyOf(versions));
  }

  private static Version version(JsonNode version) throws MalformedMessage {
    List<Trigger> triggers = new ArrayList<>();
    for (JsonNode trigger : version.path("definition").path("triggers")) {
      JsonNode filter = trigger.path("filter");
      triggers.add(
          new Trigger(
              trigger.path("type").textValue(),
              filter.isObject() ? Condition.of(filter) : null,
              trigger.path("includeBots").booleanValue()));
    }
    JsonNode to = version.path("validTo");
    return new Version(
        number(version, "version"),
        number(version, "validFrom"),
        to.isNumber() ? to.doubleValue() : Double.POSITIVE_INFINITY,
        List.copyOf(triggers));
  }

  private static double number(JsonNode node, String field) throws MalformedMessage {
    if (!node.path(field).isNumber()) throw new MalformedMessage(field + " is no number");
    return node.path(field).doubleValue();
  }

  /** Demo data starts nothing. Of an import those count that happened since the campaign was first active. */
  boolean isNews(Activity activity) {
    if ("demo".equals(activity.source)) return false;
    return !"import".equals(activity.source) || activity.occurredAt >= versions.get(0).validFrom;
  }

  /** The version in force at a time, or null. */
  Version versionAt(double time) {
    for (Version version : versions)
      if (version.validFrom <= time && time < version.validTo) return version;
    return null;
  }
}
