import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import javax.servlet.DispatcherType;
import javax.servlet.ServletException;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.apache.solr.servlet.CoreContainerProvider;
import org.apache.solr.servlet.SolrDispatchFilter;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.HandlerWrapper;
import org.eclipse.jetty.servlet.FilterHolder;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Solr in Jetty, put together as Solr's own jetty.xml and web.xml do, less the pages of its admin interface: Maven
 * Central has Solr's jars, but not its distribution.
 *
 * <p>Arguments: host, port. Solr's own settings are system properties.
 */
public class SolrServer {
  public static void main(String[] arguments) throws Exception {
    String host = arguments[0];
    int port = Integer.parseInt(arguments[1]);

    QueuedThreadPool threads = new QueuedThreadPool(10_000, 10, 60_000);
    threads.setName("jetty");
    Server server = new Server(threads);

    HttpConfiguration http = new HttpConfiguration();
    // Long queries come as GET, and keys of a page as headers: Solr's own limits.
    http.setRequestHeaderSize(65_535);
    http.setResponseHeaderSize(65_535);
    http.setSendServerVersion(false);
    // Shards ask one another over HTTP/2 without TLS.
    ServerConnector connector = new ServerConnector(
        server, 1, 1, new HttpConnectionFactory(http), new HTTP2CServerConnectionFactory(http));
    connector.setReuseAddress(true);
    connector.setHost(host);
    connector.setPort(port);
    connector.setIdleTimeout(120_000);
    server.addConnector(connector);

    ServletContextHandler solr = new ServletContextHandler(null, "/solr", ServletContextHandler.NO_SESSIONS);
    solr.addEventListener(new CoreContainerProvider());
    FilterHolder filter = new FilterHolder(SolrDispatchFilter.class);
    filter.setAsyncSupported(true);
    solr.addFilter(filter, "/*", EnumSet.of(DispatcherType.REQUEST));
    server.setHandler(new VersionTwo(solr));

    // On SIGTERM requests end and cores close in good order.
    server.setStopAtShutdown(true);
    server.setStopTimeout(10_000);
    server.start();
    // When Solr itself did not start, Jetty goes on, and would answer 404 for ever.
    URI self = URI.create("http://" + host + ":" + port + "/solr/admin/info/system");
    int status = HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(self).build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
    if (status != 200) {
      System.err.println("Solr did not start: it answers " + status);
      System.exit(1);
    }
    server.join();
  }

  /** Solr's second API is at /api; its filter expects it below /solr. */
  private static final class VersionTwo extends HandlerWrapper {
    VersionTwo(ServletContextHandler solr) {
      setHandler(solr);
    }

    @Override
    public void handle(String target, Request base, HttpServletRequest request, HttpServletResponse response)
        throws IOException, ServletException {
      String path = target;
      if (target.equals("/api") || target.startsWith("/api/")) {
        path = "/solr/____v2" + target.substring(4);
        base.setHttpURI(HttpURI.build(base.getHttpURI()).path(path));
      }
      super.handle(path, base, request, response);
    }
  }
}
