import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.avatica.server.AvaticaServerConfiguration;
import org.apache.calcite.avatica.server.ServerCustomizer;
import org.apache.hadoop.conf.Configuration;
import org.apache.phoenix.queryserver.server.ServerCustomizersFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Binds the Phoenix Query Server to 127.0.0.1. It has no setting for its address and would listen on every
 * interface, without authentication. Found through META-INF/services.
 */
public class LoopbackOnly extends ServerCustomizersFactory.ServerCustomizersFactoryImpl {
  @Override
  public List<ServerCustomizer<Server>> createServerCustomizers(
      Configuration configuration, AvaticaServerConfiguration avatica) {
    List<ServerCustomizer<Server>> customizers =
        new ArrayList<>(super.createServerCustomizers(configuration, avatica));
    customizers.add(server -> {
      for (Connector connector : server.getConnectors()) ((ServerConnector) connector).setHost("127.0.0.1");
    });
    return customizers;
  }
}
