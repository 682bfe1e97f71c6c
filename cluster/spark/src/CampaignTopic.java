import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** The compacted topic of campaigns, followed once in each JVM. It has one partition. */
final class CampaignTopic {
  private static final Map<String, CampaignTopic> FOLLOWED = new ConcurrentHashMap<>();
  private static final Duration POLL = Duration.ofMillis(200);
  private static final long TIMEOUT_MS = 60_000;

  private final Map<String, Object> client;
  private final TopicPartition partition;
  private final Campaigns campaigns = new Campaigns();
  private KafkaConsumer<byte[], byte[]> consumer;

  private CampaignTopic(Settings settings) {
    client = settings.client();
    partition = new TopicPartition(settings.topic("campaigns"), 0);
  }

  static CampaignTopic of(Settings settings) {
    String place = settings.get("brokers") + " " + settings.topic("campaigns");
    return FOLLOWED.computeIfAbsent(place, name -> new CampaignTopic(settings));
  }

  /**
   * The campaigns as of now: everything is read that was written before the call.
   * @throws IOException where Kafka does not answer, or a campaign can't be understood
   */
  synchronized Campaigns.Index current() throws IOException {
    try {
      return readToEnd();
    } catch (IOException | RuntimeException error) {
      // The next call begins anew: who knows how far this one came.
      close();
      throw error;
    }
  }

  private Campaigns.Index readToEnd() throws IOException {
    if (consumer == null) open();
    long end = consumer.endOffsets(List.of(partition)).get(partition);
    if (consumer.position(partition) > end) {
      // The topic was made anew.
      close();
      open();
      end = consumer.endOffsets(List.of(partition)).get(partition);
    }
    long deadline = System.nanoTime() + TIMEOUT_MS * 1_000_000;
    while (consumer.position(partition) < end) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL))
        campaigns.apply(new String(record.key(), StandardCharsets.UTF_8), record.value());
      if (System.nanoTime() > deadline) throw new IOException("The topic of campaigns can't be read to its end.");
    }
    return campaigns.index();
  }

  private void open() {
    Map<String, Object> config = new HashMap<>(client);
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    config.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, String.valueOf(TIMEOUT_MS));
    consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
  }

  private void close() {
    campaigns.clear();
    if (consumer != null) consumer.close(Duration.ZERO);
    consumer = null;
  }
}
