import java.util.ArrayDeque;

/** Keeps 60 MiB and throws 800 MiB away: how much it takes depends on what the virtual machine believes it may. */
public class Live {
	public static void main(String[] arguments) {
		ArrayDeque<byte[]> live = new ArrayDeque<>();
		long sum = 0;

		for (int i = 0; i < 3440; i++) {
			byte[] block = new byte[256 << 10];

			block[i % block.length] = 1;
			live.add(block);
			if (live.size() > 240)
				sum += live.poll().length;
		}
		System.out.println(sum >> 20);
	}
}
