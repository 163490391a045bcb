/** What sites.c is, for the JVM: a method that is compiled while it computes. */
public class Sites {
	static volatile long total;

	static long computes() {
		long sum = 0;

		for (int i = 0; i < 100000; i++)
			sum += i * (sum ^ 3);
		return sum;
	}

	public static void main(String[] arguments) {
		long end = System.nanoTime() + 1_000_000_000L;

		while (System.nanoTime() < end)
			total += computes();
	}
}
