import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs several servers in one process, each in a class loader of its own, so that they share no static state: all
 * of Druid in a third of the memory that a process for each role takes. When one of them fails, all end: the
 * supervisor starts the whole again.
 *
 * <p>Arguments: files, one a server. Their lines are: its name; its class path; its main class; its arguments.
 */
public class Roles {
  public static void main(String[] files) throws Exception {
    for (String file : files) {
      List<String> lines = Files.readAllLines(Path.of(file));
      String name = lines.get(0);
      List<URL> classPath = new ArrayList<>();
      for (String entry : lines.get(1).split(File.pathSeparator)) classPath.add(new File(entry).toURI().toURL());
      URLClassLoader loader =
          new URLClassLoader(name, classPath.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
      String[] arguments = lines.subList(3, lines.size()).toArray(new String[0]);
      Thread thread = new Thread(() -> run(name, loader, lines.get(2), arguments), name);
      thread.setContextClassLoader(loader);
      thread.start();
    }
  }

  private static void run(String name, ClassLoader loader, String mainClass, String[] arguments) {
    try {
      Class.forName(mainClass, true, loader).getMethod("main", String[].class).invoke(null, (Object) arguments);
    } catch (Throwable failure) {
      System.err.println(name + " failed; its arguments: " + Arrays.toString(arguments));
      failure.printStackTrace();
      Runtime.getRuntime().halt(3);
    }
    // Druid's servers and ZooKeeper return from main only after they were stopped.
    System.err.println(name + " ended");
    Runtime.getRuntime().halt(3);
  }
}
