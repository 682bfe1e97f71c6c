import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.hbase.HBaseConfiguration;
import org.apache.hadoop.hbase.ServerName;
import org.apache.hadoop.hbase.TableName;
import org.apache.hadoop.hbase.client.Admin;
import org.apache.hadoop.hbase.client.CompactionState;
import org.apache.hadoop.hbase.client.Connection;
import org.apache.hadoop.hbase.client.ConnectionFactory;

/** Has HBase write its memory to files, rewrite these without what was deleted, and begin new write-ahead logs. */
public final class ForgetHBase {
  public static void main(String[] arguments) throws Exception {
    try (Connection connection = ConnectionFactory.createConnection(HBaseConfiguration.create());
        Admin admin = connection.getAdmin()) {
      List<TableName> tables = new ArrayList<>(List.of(admin.listTableNames()));
      for (TableName table : tables) admin.flush(table);
      // Their edits hold up write-ahead logs, too.
      for (TableName table : admin.listTableNamesByNamespace("hbase")) admin.flush(table);
      for (TableName table : tables) {
        long before = admin.getLastMajorCompactionTimestamp(table);
        admin.majorCompact(table);
        for (int second = 0; second < 60; second++) {
          boolean isOver = admin.getCompactionState(table) == CompactionState.NONE;
          if (isOver && (admin.getLastMajorCompactionTimestamp(table) > before || second >= 5)) break;
          Thread.sleep(1_000);
        }
      }
      for (int round = 0; round < 2; round++)
        for (ServerName server : admin.getRegionServers()) admin.rollWALWriter(server);
    }
    System.exit(0);
  }
}
