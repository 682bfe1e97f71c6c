import com.segment.analytics.Analytics;
import com.segment.analytics.Callback;
import com.segment.analytics.messages.IdentifyMessage;
import com.segment.analytics.messages.Message;
import com.segment.analytics.messages.PageMessage;
import com.segment.analytics.messages.TrackMessage;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** Sends three events by Segment's SDK for Java. Arguments: address, write key, user. Fails when one is not taken. */
public class SegmentJava {
  public static void main(String[] arguments) throws Exception {
    CountDownLatch taken = new CountDownLatch(3);
    Analytics analytics = Analytics.builder(arguments[1])
        .endpoint(arguments[0])
        .callback(new Callback() {
          @Override
          public void success(Message message) {
            taken.countDown();
          }

          @Override
          public void failure(Message message, Throwable why) {
            why.printStackTrace();
            System.exit(1);
          }
        })
        .build();
    String user = arguments[2];
    analytics.enqueue(IdentifyMessage.builder().userId(user).traits(Map.of("plan", "pro")));
    analytics.enqueue(TrackMessage.builder("Demo Requested").userId(user).properties(Map.of("seats", 3)));
    analytics.enqueue(PageMessage.builder("Pricing").userId(user));
    analytics.flush();
    taken.await();
    System.exit(0);
  }
}
