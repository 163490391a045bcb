/*
 * Trees: what is built and forgotten again, by one thread: its garbage is collected beside it.
 */
public class Trees {
    final Trees left, right;

    Trees(Trees left, Trees right) {
        this.left = left;
        this.right = right;
    }

    static Trees build(int depth) {
        return depth == 0 ? new Trees(null, null) : new Trees(build(depth - 1), build(depth - 1));
    }

    long count() {
        return left == null ? 1 : 1 + left.count() + right.count();
    }

    public static void main(String[] args) {
        Trees[] kept = new Trees[12];
        long sum = 0;

        for (int i = 0; i < 120; i++) {
            kept[i % kept.length] = build(17);
            sum += kept[i % kept.length].count();
        }
        System.out.println(sum);
    }
}
