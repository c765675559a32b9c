import java.util.Scanner;
import org.flywaydb.core.Flyway;

/** Migrates to each version that comes on a line, in one JVM. Arguments: JDBC URL, user, password, folder. */
public class Step {
  public static void main(String[] given) {
    var lines = new Scanner(System.in);
    while (lines.hasNextLine()) {
      Flyway.configure().dataSource(given[0], given[1], given[2]).locations("filesystem:" + given[3]).target(lines.nextLine()).load().migrate();
      System.out.println("done");
    }
  }
}
