import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Decides without Spark, to compare the decisions with TypeScript's. Standard input has lines `campaign KEY VALUE` and
 * `record VALUE`, with tabs between. For each record a line comes out: a list of the messages of its decisions.
 */
final class DecideLines {
  public static void main(String[] arguments) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8), 1 << 20);
    PrintStream out = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16), false, StandardCharsets.UTF_8);
    Campaigns campaigns = new Campaigns();
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] parts = line.split("\t", 3);
      if (parts[0].equals("campaign")) campaigns.apply(parts[1], parts[2].isEmpty() ? null : bytes(parts[2]));
      else out.println(decisions(bytes(parts[1]), campaigns.index()));
      if (!in.ready()) out.flush();
    }
    out.flush();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String decisions(byte[] record, Campaigns.Index campaigns) throws IOException {
    List<Decision> decisions = Decider.decide(record, campaigns);
    return decisions.stream().map(Decision::message).collect(Collectors.joining(",", "[", "]"));
  }
}
