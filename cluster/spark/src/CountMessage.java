import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Reads a message of the topic `unique` as what an activity adds to figures. When, whose and what it was is the
 * record's word. Whether it is a conversion, and what it proves of a send, was judged when it was settled: that is in
 * the facts beside it. Messages of other kinds give nothing.
 */
final class CountMessage implements FlatMapFunction<Row, Row> {
  /** Columns that it reads. */
  static final List<String> INPUT = List.of("value", "partition", "offset");
  static final StructType OUTPUT = new StructType()
      .add("tenant", DataTypes.StringType)
      .add("messageId", DataTypes.StringType)
      .add("partition", DataTypes.IntegerType)
      .add("offset", DataTypes.LongType)
      .add("lead", DataTypes.StringType)
      .add("occurredAt", DataTypes.LongType)
      .add("receivedAt", DataTypes.LongType)
      .add("isVisit", DataTypes.BooleanType)
      .add("isConversion", DataTypes.BooleanType)
      .add("isBot", DataTypes.BooleanType)
      // Millionths of a unit.
      .add("revenue", DataTypes.createDecimalType(20, 0))
      .add("campaign", DataTypes.StringType)
      .add("asset", DataTypes.StringType)
      .add("sentAt", DataTypes.LongType)
      // Of an activity that tells of a send: bits in the order of EVIDENCE, else null.
      .add("evidence", DataTypes.IntegerType)
      // What Druid is to have, where that is asked for.
      .add("facts", DataTypes.StringType);
  /** What can be known of a send, in the order of its bits. */
  static final List<String> EVIDENCE = List.of(
      "delivered", "hardBounced", "softBounced", "markedAsSpam",
      "opened", "openedWithoutScanners", "openedByPeople",
      "clicked", "clickedWithoutScanners", "clickedByPeople",
      "unsubscribed", "unsubscribedWithoutScanners", "unsubscribedByPeople");

  private static final BigDecimal MAX_REVENUE = new BigDecimal("1000000000000");
  /** Amounts as they are written: a double's digits differ between languages. */
  private static final ObjectReader READER =
      Json.MAPPER.reader().with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private final boolean isForDruid;

  CountMessage(boolean isForDruid) {
    this.isForDruid = isForDruid;
  }

  @Override
  public Iterator<Row> call(Row row) throws IOException {
    byte[] value = (byte[]) row.get(0);
    JsonNode message;
    try {
      message = value == null ? null : READER.readTree(value);
    } catch (JsonProcessingException error) {
      message = null;
    }
    JsonNode activity = message == null ? null : message.path("record").path("activity");
    String place = "offset " + row.getLong(2) + " of partition " + row.getInt(1);
    // A record is personal data: its text is not for the log.
    if (message == null) throw new IllegalStateException("The record at " + place + " is no JSON");
    if (!message.path("record").path("kind").asText().equals("activity")) return Collections.emptyIterator();
    JsonNode facts = message.path("facts");
    String type = activity.path("type").asText();
    boolean isConversion = facts.path("conversion").asBoolean();
    long occurredAt = activity.path("occurredAt").asLong();
    boolean isOfSend = facts.path("ofSend").asBoolean();
    return List.of(RowFactory.create(
        message.path("tenant").asText(),
        activity.path("messageId").asText(),
        row.getInt(1),
        row.getLong(2),
        activity.path("leadKey").asText(),
        occurredAt,
        activity.path("receivedAt").asLong(),
        type.equals("Visit Webpage"),
        isConversion,
        activity.path("isBot").asBoolean(),
        isConversion ? micros(activity.path("attributes").path("revenue")) : BigDecimal.ZERO,
        activity.path("campaign").path("id").textValue(),
        assetOf(activity),
        isOfSend && type.equals("Send Email") ? occurredAt : null,
        isOfSend ? evidence(facts) : null,
        isForDruid ? forDruid(message.path("tenant").asText(), activity, facts) : null)).iterator();
  }

  private static BigDecimal micros(JsonNode revenue) {
    if (!revenue.isNumber() || revenue.decimalValue().abs().compareTo(MAX_REVENUE) > 0) return BigDecimal.ZERO;
    return revenue.decimalValue().movePointRight(6).setScale(0, RoundingMode.HALF_UP);
  }

  private static String assetOf(JsonNode activity) {
    String asset = activity.path("assetId").textValue();
    String mailing = activity.path("attributes").path("mailingId").textValue();
    return asset != null ? asset : mailing == null || mailing.isEmpty() ? null : mailing;
  }

  /** Facts of earlier versions know one choice of who opened. */
  private static int evidence(JsonNode facts) {
    int bits = 0;
    for (int bit = 0; bit < EVIDENCE.size(); bit += 1) {
      String name = EVIDENCE.get(bit);
      String former = name.replaceFirst("(WithoutScanners|ByPeople)$", "ByHuman");
      JsonNode fact = facts.has(name) ? facts.path(name) : facts.path(former);
      if (fact.asInt() == 1) bits |= 1 << bit;
    }
    return bits;
  }

  /** The facts, but for what the record says otherwise. */
  private static String forDruid(String tenant, JsonNode activity, JsonNode facts) throws IOException {
    ObjectNode row = facts.isObject() ? ((ObjectNode) facts).deepCopy() : Json.MAPPER.createObjectNode();
    row.put("time", activity.path("occurredAt").asLong()).put("tenant", tenant);
    row.put("lead", activity.path("leadKey").asText()).put("type", activity.path("type").asText());
    row.put("isBot", activity.path("isBot").asBoolean());
    row.put("receivedAt", activity.path("receivedAt").asLong());
    return Json.MAPPER.writeValueAsString(row);
  }
}
