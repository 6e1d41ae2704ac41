// SPDX-License-Identifier: ISC
// For real_java.sh: threads, the collector, deep stacks, files, HTTP, a child, the JIT.
import com.sun.net.httpserver.*;
import java.nio.file.*;
import java.net.*;
import java.io.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
public class Hello {
	public static void main(String[] a) throws Exception {
		System.out.println("Hello " + System.getProperty("os.name") + " " + a.length);
		ExecutorService e = Executors.newFixedThreadPool(16);
		AtomicLong s = new AtomicLong();
		List<Future<Integer>> fs = new ArrayList<>();
		for (int i = 0; i < 200; i++) {
			final int k = i;
			fs.add(e.submit(() -> {
				s.addAndGet(k);
				return k * k;
			}));
		}
		long t = 0;
		for (Future<Integer> f : fs) t += f.get();
		e.shutdown();
		e.awaitTermination(10, TimeUnit.SECONDS);
		System.out.println("threads " + s + " " + t);
		List<byte[]> keep = new ArrayList<>();
		for (int i = 0; i < 20000; i++) {
			byte[] b = new byte[20000];
			if (i % 1000 == 0)
				keep.add(b);
		}
		System.gc();
		System.out.println("gc " + keep.size());
		try {
			Object o = null;
			o.toString();
		} catch (NullPointerException x) {
			System.out.println("npe");
		}
		try {
			rec(0);
		} catch (StackOverflowError x) {
			System.out.println("stack overflow");
		}
		try {
			long[][] m = new long[1000][];
			for (int i = 0; i < 1000; i++) m[i] = new long[10000000];
		} catch (OutOfMemoryError x) {
			System.out.println("oom");
		}
		Path p = Files.createTempFile("x", "y");
		Files.writeString(p, "content");
		System.out.println(Files.readString(p));
		Files.delete(p);
		HttpServer h = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
		h.createContext("/", x -> {
			byte[] b = ("you asked " + x.getRequestURI()).getBytes();
			x.sendResponseHeaders(200, b.length);
			x.getResponseBody().write(b);
			x.close();
		});
		h.setExecutor(Executors.newFixedThreadPool(4));
		h.start();
		int n = 0;
		for (int i = 0; i < 10; i++) {
			try (InputStream in = new URL("http://127.0.0.1:" + h.getAddress().getPort() + "/" + i).openStream()) {
				if (new String(in.readAllBytes()).equals("you asked /" + i))
					n++;
			}
		}
		System.out.println("http " + n);
		h.stop(0);
		if (a.length > 0) {
			Process q = new ProcessBuilder(a[0], "-version").redirectErrorStream(true).start();
			String out = new String(q.getInputStream().readAllBytes());
			System.out.println("child " + q.waitFor() + " " + out.contains("OpenJDK"));
		}
		long c = 0;
		for (int i = 0; i < 20000000; i++) {
			c = c * 31 + i;
		}
		System.out.println("jit " + c);
		Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
		System.exit(5);
	}
	static int rec(int i) {
		return rec(i + 1) + 1;
	}
}
