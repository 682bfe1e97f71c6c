import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/** JSON as JavaScript reads it: numbers are doubles, and the last of two fields with one name counts. */
final class Json {
  /** An object or a list as the value of an attribute: it is there, and no condition looks into it. */
  static final Object COMPOSED = new Object();

  /**
   * The product bounds what it accepts. Names of attributes are the senders': they are neither interned, nor may many
   * with one hash stop the job.
   */
  static final JsonFactory FACTORY = JsonFactory.builder()
      .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
      .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
      .streamReadConstraints(StreamReadConstraints.builder()
          .maxNameLength(Integer.MAX_VALUE)
          .maxNestingDepth(100_000)
          .maxNumberLength(Integer.MAX_VALUE)
          .maxStringLength(Integer.MAX_VALUE)
          .build())
      .build();
  static final ObjectMapper MAPPER = new ObjectMapper(FACTORY);

  private Json() {}

  /** The value that a parser stands at, and moves to its end: a String, Double, Boolean, null or COMPOSED. */
  static Object value(JsonParser json) throws IOException {
    JsonToken token = json.currentToken();
    switch (token) {
      case VALUE_STRING: return json.getText();
      case VALUE_NUMBER_INT:
      case VALUE_NUMBER_FLOAT: return json.getDoubleValue();
      case VALUE_TRUE: return Boolean.TRUE;
      case VALUE_FALSE: return Boolean.FALSE;
      case VALUE_NULL: return null;
      default:
        json.skipChildren();
        return COMPOSED;
    }
  }

  /** A string or null; null also for anything else, which equals no string. */
  static String text(JsonParser json) throws IOException {
    return value(json) instanceof String text ? text : null;
  }

  /** @throws MalformedMessage unless it is a whole number */
  static long integer(JsonParser json, String field) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) throw new MalformedMessage(field + " is no whole number");
    return json.getLongValue();
  }

  /** Appends a string as `JSON.stringify` writes it. */
  static StringBuilder quote(StringBuilder out, String text) {
    out.append('"');
    for (int at = 0; at < text.length(); at += 1) {
      char c = text.charAt(at);
      if (c == '"' || c == '\\') out.append('\\').append(c);
      else if (c < 0x20 || (Character.isSurrogate(c) && !isPaired(text, at))) out.append(String.format("\\u%04x", (int) c));
      else out.append(c);
    }
    return out.append('"');
  }

  private static boolean isPaired(String text, int at) {
    if (Character.isHighSurrogate(text.charAt(at)))
      return at + 1 < text.length() && Character.isLowSurrogate(text.charAt(at + 1));
    return at > 0 && Character.isHighSurrogate(text.charAt(at - 1));
  }
}
