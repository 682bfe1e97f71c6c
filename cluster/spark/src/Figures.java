import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Figures by tenant, as rows of tenant, name and value, from the views of a recount. */
final class Figures {
  private static final long PENDING_MS = 3L * 24 * 3_600_000;
  private static final Map<String, String> OPENS =
      Map.of("ALL", "", "WITHOUT_SCANNERS", "WithoutScanners", "PEOPLE_ONLY", "ByPeople");

  private Figures() {}

  /** Of the view `day`: `hours` has no persons but as estimates, which are not compared. */
  static List<Row> ofActivities(SparkSession spark, String source, String condition, String variant) {
    Map<String, String> measures = new LinkedHashMap<>();
    measures.put("activities", "sum(activities)");
    measures.put("visits", "sum(visits)");
    measures.put("conversions", "sum(conversions)");
    measures.put("revenueMicros", "sum(revenueMicros)");
    if (source.equals("details")) {
      measures.put("uniqueLeads", "count(*)");
      measures.put("uniqueVisitors", "count_if(visits > 0)");
      measures.put("uniqueConverters", "count_if(conversions > 0)");
    }
    String byPerson = """
        SELECT tenant, lead, count(*) AS activities, count_if(isVisit) AS visits,
          count_if(isConversion) AS conversions, sum(revenue) AS revenueMicros
        FROM day WHERE %s GROUP BY tenant, lead""".formatted(condition);
    return figures(spark, source, byPerson, measures, variant);
  }

  /** Of the view `activities`: sends of the day, with outcomes whenever they happened. */
  static List<Row> ofSends(SparkSession spark, long from, long to, long asOf) {
    Map<String, String> conditions = outcomes(asOf);
    // After an erasure, the same identity is another person.
    String sends = """
        SELECT tenant, concat(lead, IF(isErased, '~', '')) AS person,
          coalesce(min(sentAt), min(occurredAt)) AS sentAt, bit_or(evidence) AS evidence
        FROM activities WHERE evidence IS NOT NULL GROUP BY tenant, campaign, asset, person
        HAVING coalesce(min(sentAt), min(occurredAt)) >= %d AND coalesce(min(sentAt), min(occurredAt)) < %d"""
        .formatted(from, to);
    String byPerson = "SELECT tenant, person, "
        + conditions.entrySet().stream()
            .map(outcome -> "count_if(" + outcome.getValue() + ") AS `" + outcome.getKey() + "`")
            .collect(Collectors.joining(", "))
        + " FROM (" + sends + ") GROUP BY tenant, person";
    Map<String, String> measures = new LinkedHashMap<>();
    for (String name : conditions.keySet()) {
      measures.put(name, "sum(`" + name + "`)");
      measures.put("unique" + Character.toUpperCase(name.charAt(0)) + name.substring(1), "count_if(`" + name + "` > 0)");
    }
    return figures(spark, "emails", byPerson, measures, "");
  }

  /** The rules of Marketo's reports; see `src/domain/email/outcomes.ts`. */
  private static Map<String, String> outcomes(long asOf) {
    String isIn = Stream.of("opened", "clicked", "unsubscribed", "markedAsSpam").map(Figures::is).collect(Collectors.joining(" OR ", "(", ")"));
    String hard = is("hardBounced");
    String soft = is("softBounced");
    String isUnknown = "NOT %s AND NOT %s AND NOT %s AND NOT %s".formatted(isIn, hard, soft, is("delivered"));
    String isOld = "sentAt <= " + (asOf - PENDING_MS);
    Map<String, String> outcomes = new LinkedHashMap<>();
    outcomes.put("sent", "TRUE");
    outcomes.put("delivered", "(%s OR (%s AND NOT %s AND NOT %s))".formatted(isIn, is("delivered"), hard, soft));
    outcomes.put("hardBounced", "(NOT %s AND %s)".formatted(isIn, hard));
    outcomes.put("softBounced", "(NOT %s AND NOT %s AND %s)".formatted(isIn, hard, soft));
    outcomes.put("pending", "(%s AND NOT %s)".formatted(isUnknown, isOld));
    outcomes.put("aborted", "(%s AND %s)".formatted(isUnknown, isOld));
    outcomes.put("markedAsSpam", is("markedAsSpam"));
    OPENS.forEach((opens, suffix) -> {
      String clicked = is("clicked" + suffix);
      String unsubscribed = is("unsubscribed" + suffix);
      outcomes.put("opened/" + opens, "(%s OR %s OR %s)".formatted(is("opened" + suffix), clicked, unsubscribed));
      outcomes.put("clicked/" + opens, clicked);
      outcomes.put("unsubscribed/" + opens, unsubscribed);
    });
    return outcomes;
  }

  private static String is(String evidence) {
    return "((evidence & %d) <> 0)".formatted(1 << CountMessage.EVIDENCE.indexOf(evidence));
  }

  private static List<Row> figures(
      SparkSession spark, String source, String byPerson, Map<String, String> measures, String variant) {
    String columns = measures.entrySet().stream()
        .map(measure -> "'%s/%s%s', CAST(%s AS DECIMAL(38, 0))".formatted(source, measure.getKey(), variant, measure.getValue()))
        .collect(Collectors.joining(", "));
    return spark
        .sql("SELECT tenant, figure, value FROM (SELECT tenant, explode(map(" + columns + ")) AS (figure, value) FROM ("
            + byPerson + ") GROUP BY tenant)")
        .collectAsList();
  }
}
