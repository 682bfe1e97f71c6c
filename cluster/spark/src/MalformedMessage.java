import java.io.IOException;

/** A message that breaks its format (`schema/records`). It may not be passed over: a decision could be missing then. */
final class MalformedMessage extends IOException {
  MalformedMessage(String what) {
    super(what);
  }
}
