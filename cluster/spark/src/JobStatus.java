import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import org.apache.spark.sql.streaming.SourceProgress;
import org.apache.spark.sql.streaming.StreamingQueryListener;
import org.apache.spark.sql.streaming.StreamingQueryProgress;

/**
 * Says over HTTP, on 127.0.0.1, how far the job is: `GET /status`. `WAITING`: topics are missing, so there is nothing to
 * decide. `STARTING`: nothing is read yet. `RUNNING`: it has committed a batch, or has found that there is none.
 * `FAILED`: it is about to begin anew.
 */
final class JobStatus extends StreamingQueryListener {
  enum State { WAITING, STARTING, RUNNING, FAILED }

  private final OperatingSystemMXBean machine = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private State state = State.STARTING;
  private String message = "Spark starts.";
  private long batches;
  private long records;
  private long behind;

  static JobStatus serve(int port) throws IOException {
    JobStatus status = new JobStatus();
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext("/status", exchange -> {
      byte[] body = status.json();
      exchange.getResponseHeaders().set("content-type", "application/json");
      exchange.sendResponseHeaders(200, body.length);
      try (var out = exchange.getResponseBody()) {
        out.write(body);
      }
    });
    server.setExecutor(Executors.newSingleThreadExecutor(task -> {
      Thread thread = new Thread(task, "status");
      thread.setDaemon(true);
      return thread;
    }));
    server.start();
    return status;
  }

  synchronized void set(State next, String why) {
    state = next;
    message = why;
  }

  /** A job that has failed stays so until it has read something: its message says why it begins anew. */
  synchronized void starts() {
    if (state != State.FAILED) set(State.STARTING, "reads its first records");
  }

  private synchronized byte[] json() throws IOException {
    ObjectNode status = Json.MAPPER.createObjectNode();
    status.put("state", state.name()).put("message", message).put("batches", batches).put("records", records);
    status.put("behind", behind).put("cpuMs", machine.getProcessCpuTime() / 1_000_000);
    return Json.MAPPER.writeValueAsBytes(status);
  }

  @Override
  public void onQueryStarted(QueryStartedEvent event) {}

  @Override
  public synchronized void onQueryProgress(QueryProgressEvent event) {
    StreamingQueryProgress progress = event.progress();
    if (progress.numInputRows() > 0) batches += 1;
    records += progress.numInputRows();
    behind = 0;
    for (SourceProgress source : progress.sources()) behind += behind(source);
    set(State.RUNNING, "");
  }

  /** Records that were there and not read, by the partition that is farthest behind. */
  private static long behind(SourceProgress source) {
    String most = source.metrics().get("maxOffsetsBehindLatest");
    return most == null ? 0 : Long.parseLong(most);
  }

  @Override
  public synchronized void onQueryIdle(QueryIdleEvent event) {
    behind = 0;
    set(State.RUNNING, "");
  }

  @Override
  public void onQueryTerminated(QueryTerminatedEvent event) {}
}
