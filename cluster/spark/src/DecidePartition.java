import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Decides for records of one partition, in their order. The records are written already when a task begins. So the
 * campaigns that are read then have every version that is in force for them.
 */
final class DecidePartition implements MapPartitionsFunction<Row, Row> {
  /** Columns that it reads. */
  static final List<String> INPUT = List.of("value", "partition", "offset");
  /** Messages for Kafka. */
  static final StructType OUTPUT = new StructType().add("key", DataTypes.StringType).add("value", DataTypes.StringType);

  private final Settings settings;

  DecidePartition(Settings settings) {
    this.settings = settings;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) throws IOException {
    // A task without records needs no campaigns.
    if (!rows.hasNext()) return List.<Row>of().iterator();
    Campaigns.Index campaigns = CampaignTopic.of(settings).current();
    return new Decisions(rows, campaigns);
  }

  private static final class Decisions implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final Campaigns.Index campaigns;
    private Iterator<Decision> decided = List.<Decision>of().iterator();

    Decisions(Iterator<Row> rows, Campaigns.Index campaigns) {
      this.rows = rows;
      this.campaigns = campaigns;
    }

    @Override
    public boolean hasNext() {
      while (!decided.hasNext() && rows.hasNext()) decided = decide(rows.next()).iterator();
      return decided.hasNext();
    }

    @Override
    public Row next() {
      if (!hasNext()) throw new NoSuchElementException();
      Decision decision = decided.next();
      return RowFactory.create(decision.leadKey(), decision.message());
    }

    private List<Decision> decide(Row row) {
      byte[] value = (byte[]) row.get(0);
      try {
        if (value == null) throw new MalformedMessage("it has no value");
        return Decider.decide(value, campaigns);
      } catch (IOException error) {
        String place = "offset " + row.getLong(2) + " of partition " + row.getInt(1);
        // A record is personal data: its text is not for the log.
        throw new IllegalStateException("The record at " + place + " can't be understood: " + reason(error));
      }
    }

    private static String reason(IOException error) {
      return error instanceof MalformedMessage ? error.getMessage() : "it is no JSON";
    }
  }
}
