import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.min_by;
import static org.apache.spark.sql.functions.struct;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Counts the figures of a day from the topic `unique`, each message once, whatever else is in it. Writes a file of lines
 * `{"tenant", "figure", "value"}`, with values as decimal text. Or writes what Druid is to have of a period, as files of
 * lines in a directory.
 *
 * <p>Argument: the file of its settings, see recount.properties.
 */
public final class RecountJob {
  /** As Druid does it: clocks of two processes may differ by so much. */
  private static final long CLOCKS_MS = 5_000;
  private static final StructType ERASED =
      new StructType().add("erasedTenant", DataTypes.StringType).add("erasedLead", DataTypes.StringType).add("until", DataTypes.LongType);

  private final Settings settings;
  private final SparkSession spark;
  private final long from;
  private final long to;

  private RecountJob(Settings settings, SparkSession spark) {
    this.settings = settings;
    this.spark = spark;
    from = settings.number("from");
    to = settings.number("to");
  }

  public static void main(String[] arguments) throws Exception {
    Settings settings = Settings.read(arguments[0]);
    try (SparkSession spark = TriggerJob.session(settings)) {
      RecountJob job = new RecountJob(settings, spark);
      if (settings.get("purpose").equals("restate")) job.write();
      else job.count();
    }
  }

  private void count() throws Exception {
    String isInDay = "occurredAt >= " + from + " AND occurredAt < " + to;
    activities(false).createOrReplaceTempView("activities");
    spark.sql("SELECT * FROM activities WHERE " + isInDay).createOrReplaceTempView("day");
    List<Row> figures = new ArrayList<>();
    for (String condition : List.of("TRUE", "NOT isBot")) {
      String variant = condition.equals("TRUE") ? "" : "/withoutBots";
      // Hours name nobody, so that an erasure leaves them as they are.
      figures.addAll(Figures.ofActivities(spark, "hours", condition, variant));
      figures.addAll(Figures.ofActivities(spark, "details", condition + " AND NOT isErased", variant));
    }
    figures.addAll(Figures.ofSends(spark, from, to, settings.number("as.of")));
    StringBuilder lines = new StringBuilder();
    for (Row figure : figures) {
      String value = ((BigDecimal) figure.get(2)).toBigInteger().toString();
      lines.append(Json.MAPPER.createObjectNode()
          .put("tenant", figure.getString(0)).put("figure", figure.getString(1)).put("value", value)).append('\n');
    }
    Path output = Path.of(settings.get("output"));
    Path next = output.resolveSibling(output.getFileName() + ".next");
    Files.writeString(next, lines, StandardCharsets.UTF_8);
    Files.move(next, output, StandardCopyOption.ATOMIC_MOVE);
  }

  private void write() {
    boolean isOfSends = settings.get("source").equals("emails");
    boolean isOfPeople = !settings.get("source").equals("hours");
    Dataset<Row> rows = activities(true)
        .where(col("occurredAt").geq(from).and(col("occurredAt").lt(to)))
        .where(isOfSends ? "evidence IS NOT NULL" : "TRUE");
    // Druid keeps sends of an erased person under keys that only it knows.
    if (isOfSends && !rows.where("isErased").isEmpty())
      throw new IllegalStateException("There are sends of erased people: they can't be written again.");
    (isOfPeople ? rows.where("NOT isErased") : rows).select("facts").write().mode("overwrite").text(settings.get("output"));
  }

  /** Each message once, by its first record, and whether its person was erased afterwards. */
  private Dataset<Row> activities(boolean isForDruid) {
    Column[] all = java.util.Arrays.stream(CountMessage.OUTPUT.fieldNames()).map(functions::col).toArray(Column[]::new);
    Dataset<Row> once = records("unique", settings.get("ending"))
        .flatMap(new CountMessage(isForDruid), Encoders.row(CountMessage.OUTPUT))
        .groupBy("tenant", "messageId")
        .agg(min_by(struct(all), struct("partition", "offset")).as("first"))
        .select("first.*");
    Dataset<Row> erased = records("activities", "latest")
        .flatMap((FlatMapFunction<Row, Row>) RecountJob::erasuresOf, Encoders.row(ERASED))
        .groupBy("erasedTenant", "erasedLead")
        .agg(functions.max("until").as("until"));
    return once
        .join(functions.broadcast(erased), col("tenant").equalTo(col("erasedTenant")).and(col("lead").equalTo(col("erasedLead"))), "left")
        .withColumn("isErased", functions.coalesce(col("receivedAt").leq(col("until")), functions.lit(false)))
        .persist(org.apache.spark.storage.StorageLevel.MEMORY_AND_DISK());
  }

  private Dataset<Row> records(String topic, String ending) {
    return spark.read()
        .format("kafka")
        .options(settings.kafka())
        .option("kafka.isolation.level", "read_committed")
        .option("subscribe", settings.topic(topic))
        .option("startingOffsets", "earliest")
        .option("endingOffsets", ending)
        .option("failOnDataLoss", "true")
        .load()
        .select(CountMessage.INPUT.stream().map(functions::col).toArray(Column[]::new))
        .filter((FilterFunction<Row>) row -> !row.isNullAt(0));
  }

  private static final byte[] MARK = "\"kind\":\"erasure\"".getBytes(StandardCharsets.US_ASCII);

  private static java.util.Iterator<Row> erasuresOf(Row row) throws java.io.IOException {
    byte[] value = (byte[]) row.get(0);
    List<Row> found = new ArrayList<>();
    if (!hasMark(value)) return found.iterator();
    JsonNode message = Json.MAPPER.readTree(value);
    JsonNode erasure = message.path("record").path("erasure");
    for (JsonNode lead : erasure.path("leads"))
      found.add(RowFactory.create(message.path("tenant").asText(), lead.asText(), erasure.path("at").asLong() + CLOCKS_MS));
    return found.iterator();
  }

  /** The kind of a record is at its beginning: most records need no parser. */
  private static boolean hasMark(byte[] value) {
    int end = Math.min(value.length, 160) - MARK.length;
    for (int at = 0; at <= end; at += 1)
      if (java.util.Arrays.equals(value, at, at + MARK.length, MARK, 0, MARK.length)) return true;
    return false;
  }
}
