import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** Of an activity, what conditions and decisions need. */
final class Activity {
  String id;
  String leadKey;
  String messageId;
  String type;
  String campaignId;
  String assetId;
  String channel;
  String source;
  String country;
  String device;
  long occurredAt;
  long receivedAt = -1;
  boolean isBot;
  int depth;
  final Map<String, Object> attributes = new HashMap<>();

  /** Reads one field: the parser stands at its value, and afterwards at the value's end. */
  void read(String field, JsonParser json) throws IOException {
    switch (field) {
      case "id" -> id = Json.text(json);
      case "leadKey" -> leadKey = Json.text(json);
      case "messageId" -> messageId = Json.text(json);
      case "type" -> type = Json.text(json);
      case "assetId" -> assetId = Json.text(json);
      case "channel" -> channel = Json.text(json);
      case "source" -> source = Json.text(json);
      case "country" -> country = Json.text(json);
      case "device" -> device = Json.text(json);
      case "occurredAt" -> occurredAt = Json.integer(json, field);
      case "receivedAt" -> receivedAt = Json.integer(json, field);
      case "isBot" -> isBot = Boolean.TRUE.equals(Json.value(json));
      case "campaign" -> readCampaign(json);
      case "attributes" -> readAttributes(json);
      case "context" -> readContext(json);
      default -> json.skipChildren();
    }
  }

  private void readCampaign(JsonParser json) throws IOException {
    campaignId = null;
    if (json.currentToken() != JsonToken.START_OBJECT) return;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      boolean isId = json.currentName().equals("id");
      json.nextToken();
      Object value = Json.value(json);
      if (isId) campaignId = value instanceof String text ? text : null;
    }
  }

  private void readAttributes(JsonParser json) throws IOException {
    attributes.clear();
    if (json.currentToken() != JsonToken.START_OBJECT) throw new MalformedMessage("attributes are no object");
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String name = json.currentName();
      json.nextToken();
      attributes.put(name, Json.value(json));
    }
  }

  /** The depth of a campaign's activity: a whole number above 0, or else 0. */
  private void readContext(JsonParser json) throws IOException {
    depth = 0;
    if (json.currentToken() != JsonToken.START_OBJECT) throw new MalformedMessage("context is no object");
    while (json.nextToken() != JsonToken.END_OBJECT) {
      boolean isDepth = json.currentName().equals("campaignDepth");
      json.nextToken();
      if (isDepth) depth = depthOf(Json.value(json));
      else json.skipChildren();
    }
  }

  private static int depthOf(Object value) {
    return value instanceof Double number && number > 0 && number == Math.rint(number) && !number.isInfinite()
        ? (int) Math.min(number, Decider.MAX_DEPTH)
        : 0;
  }

  /** @throws MalformedMessage where something is missing that every activity has */
  void check() throws MalformedMessage {
    if (id == null || leadKey == null || type == null || receivedAt < 0)
      throw new MalformedMessage("it has no id, lead, type or time");
  }
}
