import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.nio.CharBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;

/** An activity starts a campaign: the Java of `Decision` in `src/domain/campaigns/decision.ts`. */
record Decision(
    String tenant,
    String id,
    String campaignId,
    long version,
    String leadKey,
    String activityId,
    long occurredAt,
    long receivedAt,
    int depth) {
  private static final Pattern ACTIVITY_ID = Pattern.compile("[\\w-]{50}[AEIMQUYcgkosw048]");
  /** Where the message's hash begins in an activity's id, and where it ends. */
  private static final int HASH_START = 22;
  private static final int ID_BYTES = 38;
  private static final byte[] REPLACEMENT = {(byte) 0xef, (byte) 0xbf, (byte) 0xbd};

  /** The message of the topic `decisions`. */
  String message() {
    StringBuilder out = new StringBuilder(320).append("{\"version\":1,\"tenant\":");
    Json.quote(out, tenant).append(",\"decision\":{\"id\":");
    Json.quote(out, id).append(",\"campaignId\":");
    Json.quote(out, campaignId).append(",\"version\":").append(version).append(",\"leadKey\":");
    Json.quote(out, leadKey).append(",\"activityId\":");
    Json.quote(out, activityId).append(",\"occurredAt\":").append(occurredAt);
    return out.append(",\"receivedAt\":").append(receivedAt).append(",\"depth\":").append(depth).append("}}").toString();
  }

  /** A pure function of tenant, campaign and activity, so that a repeated decision has the same id. */
  static String idOf(String tenant, String campaignId, String activityId) {
    return digest16(tenant + '\0' + campaignId + '\0' + hashOf(activityId));
  }

  /** The hash part of an activity's id; empty for any other text. */
  private static String hashOf(String activityId) {
    if (!ACTIVITY_ID.matcher(activityId).matches()) return "";
    byte[] bytes = Base64.getUrlDecoder().decode(activityId);
    return base64(Arrays.copyOfRange(bytes, HASH_START, ID_BYTES));
  }

  private static String digest16(String text) {
    try {
      byte[] whole = MessageDigest.getInstance("SHA-256").digest(utf8(text));
      return base64(Arrays.copyOf(whole, 16));
    } catch (NoSuchAlgorithmException error) {
      throw new IllegalStateException(error);
    }
  }

  /** UTF-8 as Node writes it: half a character becomes U+FFFD. */
  private static byte[] utf8(String text) {
    try {
      ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .replaceWith(REPLACEMENT)
          .encode(CharBuffer.wrap(text));
      return Arrays.copyOf(bytes.array(), bytes.limit());
    } catch (CharacterCodingException error) {
      throw new IllegalStateException(error);
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
