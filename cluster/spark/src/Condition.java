import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** A condition on an activity: the Java of `src/domain/campaigns/activity-condition.ts`. */
interface Condition {
  boolean holds(Activity activity);

  /** @throws MalformedMessage for an operator that this program does not know */
  static Condition of(JsonNode filter) throws MalformedMessage {
    String op = filter.path("op").asText();
    switch (op) {
      case "and": {
        List<Condition> parts = all(filter.path("filters"));
        return activity -> parts.stream().allMatch(part -> part.holds(activity));
      }
      case "or": {
        List<Condition> parts = all(filter.path("filters"));
        return activity -> parts.stream().anyMatch(part -> part.holds(activity));
      }
      case "not": {
        Condition part = of(filter.path("filter"));
        return activity -> !part.holds(activity);
      }
      case "in": {
        Function<Activity, String> field = field(filter.path("field").asText());
        Set<Object> values = values(filter.path("values"));
        return activity -> {
          String value = field.apply(activity);
          return value != null && values.contains(value);
        };
      }
      case "isBot": {
        boolean expected = filter.path("value").booleanValue();
        return activity -> activity.isBot == expected;
      }
      case "time": {
        Range range = Range.of(filter.path("range"));
        return switch (filter.path("field").asText()) {
          case "occurredAt" -> activity -> range.has(activity.occurredAt);
          case "receivedAt" -> activity -> range.has(activity.receivedAt);
          default -> throw new MalformedMessage("there is no time " + filter.path("field"));
        };
      }
      case "attribute": {
        String name = filter.path("name").textValue();
        ValueTest test = ValueTest.of(filter);
        return activity -> test.passes(activity.attributes.containsKey(name), activity.attributes.get(name));
      }
      default: throw new MalformedMessage("there is no condition " + op);
    }
  }

  private static List<Condition> all(JsonNode filters) throws MalformedMessage {
    List<Condition> parts = new ArrayList<>(filters.size());
    for (JsonNode filter : filters) parts.add(of(filter));
    return List.copyOf(parts);
  }

  private static Function<Activity, String> field(String name) throws MalformedMessage {
    return switch (name) {
      case "type" -> activity -> activity.type;
      case "campaignId" -> activity -> activity.campaignId;
      case "assetId" -> activity -> activity.assetId;
      case "channel" -> activity -> activity.channel;
      case "source" -> activity -> activity.source;
      case "country" -> activity -> activity.country;
      case "device" -> activity -> activity.device;
      case "leadKey" -> activity -> activity.leadKey;
      case "messageId" -> activity -> activity.messageId;
      default -> throw new MalformedMessage("there is no field " + name);
    };
  }

  /** Strings, booleans and numbers, each equal to its own kind only. */
  static Set<Object> values(JsonNode list) {
    Set<Object> values = new HashSet<>();
    for (JsonNode value : list) values.add(ValueTest.comparable(scalar(value)));
    return values;
  }

  private static Object scalar(JsonNode value) {
    if (value.isTextual()) return value.textValue();
    if (value.isNumber()) return value.doubleValue();
    return value.isBoolean() ? value.booleanValue() : Json.COMPOSED;
  }
}

/** Bounds of a number; open where there is none. */
record Range(double gt, double gte, double lt, double lte) {
  static Range of(JsonNode range) {
    return new Range(
        bound(range, "gt", Double.NEGATIVE_INFINITY),
        bound(range, "gte", Double.NEGATIVE_INFINITY),
        bound(range, "lt", Double.POSITIVE_INFINITY),
        bound(range, "lte", Double.POSITIVE_INFINITY));
  }

  private static double bound(JsonNode range, String name, double open) {
    JsonNode bound = range.path(name);
    return bound.isNumber() ? bound.doubleValue() : open;
  }

  boolean has(double value) {
    return (gt == Double.NEGATIVE_INFINITY || value > gt)
        && value >= gte
        && (lt == Double.POSITIVE_INFINITY || value < lt)
        && value <= lte;
  }
}

/** A test of one JSON value. */
interface ValueTest {
  boolean passes(boolean isThere, Object value);

  static ValueTest of(JsonNode filter) throws MalformedMessage {
    String name = filter.path("test").asText();
    switch (name) {
      case "in": {
        Set<Object> values = Condition.values(filter.path("values"));
        return (isThere, value) -> value != null && value != Json.COMPOSED && values.contains(comparable(value));
      }
      case "range": {
        Range range = Range.of(filter.path("range"));
        return (isThere, value) -> value instanceof Double number && range.has(number);
      }
      case "exists": {
        boolean expected = filter.path("value").booleanValue();
        return (isThere, value) -> (isThere && value != null) == expected;
      }
      case "prefix": {
        String prefix = filter.path("value").textValue();
        return (isThere, value) -> value instanceof String text && text.startsWith(prefix);
      }
      case "contains": {
        String part = filter.path("value").textValue();
        return (isThere, value) -> value instanceof String text && text.contains(part);
      }
      default: throw new MalformedMessage("there is no test " + name);
    }
  }

  /** JavaScript's 0 and -0 are equal; Java's doubles, as objects, are not. */
  static Object comparable(Object value) {
    return value instanceof Double number && number == 0 ? Double.valueOf(0) : value;
  }
}
