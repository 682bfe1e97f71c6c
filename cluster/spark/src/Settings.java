import java.io.IOException;
import java.io.Reader;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** The settings of a job: see trigger.properties. */
final class Settings implements Serializable {
  private static final String KAFKA = "kafka.";
  private static final String SPARK = "spark.";
  private final TreeMap<String, String> values = new TreeMap<>();

  static Settings read(String file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(Path.of(file), StandardCharsets.UTF_8)) {
      properties.load(reader);
    }
    Settings settings = new Settings();
    for (String name : properties.stringPropertyNames()) settings.values.put(name, properties.getProperty(name).trim());
    return settings;
  }

  /** @throws IllegalArgumentException where it is missing */
  String get(String name) {
    String value = values.get(name);
    if (value == null) throw new IllegalArgumentException("The setting " + name + " is missing.");
    return value;
  }

  long number(String name) {
    return Long.parseLong(get(name));
  }

  /** The full name of a topic. */
  String topic(String name) {
    return get("prefix") + name;
  }

  /** Of Spark itself; those without a value are left out. */
  Map<String, String> spark() {
    Map<String, String> own = new HashMap<>();
    values.forEach((name, value) -> {
      if (name.startsWith(SPARK) && !value.isEmpty()) own.put(name, value);
    });
    return own;
  }

  /** Of Spark's sources and sinks for Kafka, with `kafka.` before each name. */
  Map<String, String> kafka() {
    Map<String, String> own = new HashMap<>(values.subMap(KAFKA, KAFKA + Character.MAX_VALUE));
    own.put(KAFKA + "bootstrap.servers", get("brokers"));
    return own;
  }

  /** Of a client of Kafka. */
  Map<String, Object> client() {
    Map<String, Object> own = new HashMap<>();
    kafka().forEach((name, value) -> own.put(name.substring(KAFKA.length()), value));
    return own;
  }
}
