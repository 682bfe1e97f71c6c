import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.apache.druid.cli.CliBroker;
import org.apache.druid.cli.CliCoordinator;
import org.apache.druid.cli.CliHistorical;
import org.apache.druid.cli.CliIndexer;
import org.apache.druid.cli.ServerRunnable;
import org.apache.druid.guice.StartupInjectorBuilder;

/**
 * One of Druid's servers. Druid's own Main reads its properties through the system class loader, of which a process
 * has one; this reads them from files.
 *
 * <p>Arguments: the role; files of properties, later ones first in rank.
 */
public class Role {
  private static final Map<String, Class<? extends ServerRunnable>> ROLES = Map.of(
      "coordinator", CliCoordinator.class,
      "broker", CliBroker.class,
      "historical", CliHistorical.class,
      "indexer", CliIndexer.class);

  public static void main(String[] arguments) throws Exception {
    Properties properties = new Properties();
    properties.putAll(System.getProperties());
    for (int i = 1; i < arguments.length; i++) {
      try (Reader file = Files.newBufferedReader(Path.of(arguments[i]))) {
        properties.load(file);
      }
    }
    ServerRunnable server = ROLES.get(arguments[0]).getDeclaredConstructor().newInstance();
    new StartupInjectorBuilder().withExtensions().withProperties(properties).build().injectMembers(server);
    server.run();
  }
}
