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
      flush(admin, tables);
      for (TableName table : tables) admin.majorCompact(table);
      for (TableName table : tables)
        do Thread.sleep(1_000);
        while (admin.getCompactionState(table) != CompactionState.NONE);
      // A log goes when no region has edits of it in memory.
      for (int round = 0; round < 2; round++) {
        for (ServerName server : admin.getRegionServers()) admin.rollWALWriter(server);
        flush(admin, tables);
      }
    }
    System.exit(0);
  }

  private static void flush(Admin admin, List<TableName> tables) throws Exception {
    for (TableName table : tables) admin.flush(table);
    for (TableName table : admin.listTableNamesByNamespace("hbase")) admin.flush(table);
  }
}
