/*
 * Pauses: as many sleeps of so many milliseconds, one after another, or shared among workers.
 *
 * Usage: java Pauses COUNT MILLISECONDS [WORKERS]
 */
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

public class Pauses {
    static Object pause(long milliseconds) throws InterruptedException {
        Thread.sleep(milliseconds);
        return null;
    }

    public static void main(String[] args) throws InterruptedException {
        int count = Integer.parseInt(args[0]);
        long milliseconds = Long.parseLong(args[1]);

        if (args.length < 3) {
            for (int i = 0; i < count; i++)
                pause(milliseconds);
            return;
        }
        ExecutorService pool = Executors.newFixedThreadPool(Integer.parseInt(args[2]));
        for (int i = 0; i < count; i++)
            pool.submit(() -> pause(milliseconds));
        pool.shutdown();
        pool.awaitTermination(1, TimeUnit.MINUTES);
    }
}
