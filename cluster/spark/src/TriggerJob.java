import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;

/**
 * Decides which smart campaigns activities start: a stream from the topic `unique` to the topic `decisions`. It has no
 * state but how far it has read. A decision can come more than once, with the same id.
 *
 * <p>Argument: the file of its settings, see trigger.properties.
 */
public final class TriggerJob {
  private static final Logger LOG = LogManager.getLogger(TriggerJob.class);
  private static final long PAUSE_MS = 1_000;

  private final Settings settings;
  private final JobStatus status;
  private final SparkSession spark;

  private TriggerJob(Settings settings, JobStatus status) {
    this.settings = settings;
    this.status = status;
    spark = session(settings);
    spark.streams().addListener(status);
  }

  public static void main(String[] arguments) throws Exception {
    Settings settings = Settings.read(arguments[0]);
    TriggerJob job = new TriggerJob(settings, JobStatus.serve((int) settings.number("status.port")));
    while (!job.spark.sparkContext().isStopped()) {
      job.waitForTopics();
      job.decide();
      Thread.sleep(PAUSE_MS);
    }
    // Spark has given up, as when a cluster's master has lost the job: only a new process begins anew.
    System.exit(1);
  }

  static SparkSession session(Settings settings) {
    SparkSession.Builder builder = SparkSession.builder()
        .appName("journeygraph " + settings.get("prefix"))
        .master(settings.get("master"))
        .config("spark.ui.enabled", "false")
        .config("spark.ui.retainedJobs", "10")
        .config("spark.ui.retainedStages", "10")
        .config("spark.ui.retainedTasks", "100")
        .config("spark.sql.ui.retainedExecutions", "10")
        .config("spark.sql.session.timeZone", "UTC")
        // Hadoop's own file system for local files keeps bytes in the process until a block is full.
        .config("spark.hadoop.fs.file.impl", "org.apache.hadoop.fs.RawLocalFileSystem")
        .config("spark.hadoop.fs.AbstractFileSystem.file.impl", "org.apache.hadoop.fs.local.RawLocalFs")
        // Nothing is kept from batch to batch: without records there is nothing to do.
        .config("spark.sql.streaming.noDataMicroBatches.enabled", "false")
        .config("spark.sql.streaming.numRecentProgressUpdates", "5")
        .config("spark.sql.streaming.minBatchesToRetain", "20");
    settings.spark().forEach(builder::config);
    return builder.getOrCreate();
  }

  /** The product makes the topics at its first start. Until then there is nothing to decide. */
  private void waitForTopics() throws InterruptedException {
    Set<String> wanted = Set.of(settings.topic("unique"), settings.topic("campaigns"), settings.topic("decisions"));
    for (; ; Thread.sleep(PAUSE_MS)) {
      try (Admin admin = Admin.create(settings.client())) {
        for (; ; Thread.sleep(PAUSE_MS)) {
          Set<String> missing = new TreeSet<>(wanted);
          missing.removeAll(admin.listTopics().names().get());
          if (missing.isEmpty()) return;
          status.set(JobStatus.State.WAITING, "waits for the topics " + String.join(", ", missing));
        }
      } catch (InterruptedException error) {
        throw error;
      } catch (Exception error) {
        failed("Kafka does not answer", error);
      }
    }
  }

  /** Goes on until it fails. */
  private void decide() throws InterruptedException {
    status.starts();
    StreamingQuery query = null;
    try {
      query = start();
      query.awaitTermination();
    } catch (InterruptedException error) {
      throw error;
    } catch (Exception error) {
      failed("the stream has failed", error);
    } finally {
      if (query != null && query.isActive()) stop(query);
    }
  }

  private StreamingQuery start() throws Exception {
    Dataset<Row> records = spark.readStream()
        .format("kafka")
        .options(settings.kafka())
        // Activities of transactions that were aborted never were.
        .option("kafka.isolation.level", "read_committed")
        .option("subscribe", settings.topic("unique"))
        .option("startingOffsets", "earliest")
        // Records that are gone may have started something: an operator decides how to go on.
        .option("failOnDataLoss", "true")
        .option("maxOffsetsPerTrigger", settings.get("max.offsets"))
        .load()
        .select(DecidePartition.INPUT.stream().map(functions::col).toArray(org.apache.spark.sql.Column[]::new));
    return records
        .mapPartitions(new DecidePartition(settings), Encoders.row(DecidePartition.OUTPUT))
        .writeStream()
        .format("kafka")
        .options(settings.kafka())
        .option("kafka.acks", "all")
        .option("kafka.enable.idempotence", "true")
        .option("topic", settings.topic("decisions"))
        .option("checkpointLocation", settings.get("checkpoint"))
        .outputMode("append")
        .queryName("decide")
        .trigger(Trigger.ProcessingTime(settings.number("trigger.ms") + " milliseconds"))
        .start();
  }

  private void stop(StreamingQuery query) {
    try {
      query.stop();
    } catch (Exception error) {
      LOG.warn("The stream does not stop: {}", error.getMessage());
    }
  }

  private void failed(String what, Exception error) {
    Throwable cause = error;
    while (cause.getCause() != null) cause = cause.getCause();
    LOG.error("{}: {}", what, cause.getMessage());
    status.set(JobStatus.State.FAILED, what + ": " + cause.getMessage());
  }
}
