# SPDX-License-Identifier: ISC
"""What a Python program does with the system, a line for each: on Linux as the reference, and in the guest."""
import asyncio
import concurrent.futures
import ctypes
import fcntl
import http.server
import mmap
import multiprocessing
import multiprocessing.shared_memory
import os
import pty
import select
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.request

place = None


def threads():
    lock, done, total = threading.Lock(), threading.Event(), []

    def work():
        for _ in range(200):
            with lock:
                total.append(1)

    many = [threading.Thread(target=work) for _ in range(10)]
    for t in many:
        t.start()
    for t in many:
        t.join()
    threading.Timer(0.02, done.set).start()
    return len(total), done.wait(10), threading.Semaphore(0).acquire(timeout=0.02)


def processes():
    child = [sys.executable, "-S", "-c"]
    r = subprocess.run(child + ["import sys; print(sys.stdin.read().upper()); sys.exit(3)"],
                       input="word", capture_output=True, text=True)
    where = subprocess.run(child + ["import os; print(os.getcwd(), os.environ['X'])"], cwd="/", env={"X": "1"},
                           capture_output=True, text=True, start_new_session=True)
    p = subprocess.Popen(child + ["import time; time.sleep(60)"])
    try:
        p.wait(0.1)
    except subprocess.TimeoutExpired:
        p.terminate()
    try:
        subprocess.run(["/none"])
    except FileNotFoundError as e:
        missing = e.errno
    return r.stdout, r.returncode, where.stdout, p.wait(), missing


def forks():
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(w, b"child")
        os._exit(4)
    return os.read(r, 10), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def pools():
    with multiprocessing.Pool(2) as p:
        mapped = p.map(abs, [-1, -2, 3])
    queue = multiprocessing.Queue()
    one = multiprocessing.Process(target=queue.put, args=("hello",))
    one.start()
    word = queue.get(timeout=30)
    one.join()
    with concurrent.futures.ProcessPoolExecutor(2) as e:
        return mapped, word, one.exitcode, list(e.map(abs, [-4, -5]))


def spawned():
    context = multiprocessing.get_context("spawn")
    queue = context.SimpleQueue()
    p = context.Process(target=queue.put, args=(7,))
    p.start()
    n = queue.get()
    p.join()
    return n, p.exitcode


def shared():
    a = multiprocessing.shared_memory.SharedMemory(create=True, size=4096)
    a.buf[0] = 5
    b = multiprocessing.shared_memory.SharedMemory(a.name)
    n = b.buf[0]
    b.close()
    a.close()
    a.unlink()
    return n


def databases():
    results = []
    for name in ":memory:", place + "/x.db":
        db = sqlite3.connect(name)
        mode = db.execute("pragma journal_mode=wal").fetchone()
        db.execute("create table t(a)")
        db.executemany("insert into t values(?)", [(i,) for i in range(1000)])
        db.commit()
        results.append((mode, db.execute("select sum(a) from t").fetchone()))
        db.close()
    return results


def loops():
    async def serve(r, w):
        w.write((await r.readline()).upper())
        await w.drain()
        w.close()

    async def main():
        path = place + "/socket"
        await asyncio.start_server(serve, "127.0.0.1", 7777)
        await asyncio.start_unix_server(serve, path)
        lines = []
        for connect in asyncio.open_connection("127.0.0.1", 7777), asyncio.open_unix_connection(path):
            r, w = await connect
            w.write(b"line\n")
            lines.append(await r.readline())
            w.close()
        p = await asyncio.create_subprocess_exec(sys.executable, "-S", "-c", "print(7)", stdout=asyncio.subprocess.PIPE)
        out, _ = await p.communicate()
        five = await asyncio.get_running_loop().run_in_executor(None, lambda: 5)
        await asyncio.wait_for(asyncio.sleep(0.01), 10)
        return lines, out, five

    return asyncio.run(main())


def encryption():
    a, b = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(a, b, server_hostname="example.org")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return b.read(3)


def files():
    with tempfile.NamedTemporaryFile(dir=place) as f:
        f.write(b"x")
        f.flush()
        size = os.path.getsize(f.name)
    d = tempfile.mkdtemp(dir=place)
    with open(d + "/a", "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        fcntl.lockf(f, fcntl.LOCK_EX)
        f.write("1")
    shutil.copytree(d, d + "x")
    os.symlink("a", d + "/link")
    os.link(d + "/a", d + "/hard")
    os.mkfifo(d + "/fifo")
    listing = sorted(os.listdir(d)), os.readlink(d + "/link"), os.stat(d + "/hard").st_nlink
    shutil.rmtree(d)
    return size, listing, os.listdir(d + "x")


def maps():
    m = mmap.mmap(-1, 8192)
    m[:3] = b"abc"
    m.resize(16384)
    with open(place + "/m", "wb+") as f:
        f.write(bytes(4096))
        f.flush()
        n = mmap.mmap(f.fileno(), 0)
        n[1:3] = b"zz"
        n.flush()
        return m[:3], f.seek(0), f.read(3)


def foreign():
    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda x: x + 1)
    return callback(4), ctypes.CDLL(None).getpid() == os.getpid()


def signals():
    got = []
    signal.signal(signal.SIGALRM, lambda number, frame: got.append(number))
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    while not got:
        signal.pause()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    os.kill(os.getpid(), signal.SIGUSR2)
    return got, signal.sigwait([signal.SIGUSR2]), signal.sigtimedwait([signal.SIGUSR2], 0.01)


def sockets():
    a, b = socket.socketpair()
    poll, epoll = select.poll(), select.epoll()
    poll.register(a, select.POLLIN)
    epoll.register(a.fileno(), select.EPOLLIN)
    before = poll.poll(10), epoll.poll(0.01), select.select([a], [], [], 0.01)[0]
    r, w = os.pipe()
    socket.send_fds(b, [b"m"], [w])
    after = len(poll.poll(60000)), len(epoll.poll(60)), len(select.select([a], [], [], 60)[0])
    message, fds, _, _ = socket.recv_fds(a, 10, 2)
    os.write(fds[0], b"q")
    return before, after, message, os.read(r, 1)


def web():
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with open("page", "w") as f:
            f.write("a page")
        page = urllib.request.urlopen("http://localhost:8000/page").read()
        server.shutdown()
    return page


def terminals():
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-S", "-c", "import os; print(os.isatty(0))"])
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(fd, 100)
    os.waitpid(pid, 0)
    return line


def memory():
    def depth(n):
        return 0 if n == 0 else 1 + depth(n - 1)

    sys.setrecursionlimit(9000)
    try:
        bytearray(1 << 46)
    except MemoryError:
        return depth(8000), len(bytearray(30 << 20))


def names():
    def ask(name, family=0):
        try:
            return socket.getaddrinfo(name, 80, family, socket.SOCK_STREAM)
        except socket.gaierror as e:
            return e.errno

    return [ask("one.kiln.test"), ask("two"), ask("none.kiln.test"), ask("localhost", socket.AF_INET), ask("fixed"),
            socket.gethostbyname("one.kiln.test")]


ALL = (threads, processes, forks, pools, spawned, shared, databases, loops, encryption, files, maps, foreign, signals, sockets,
       web, terminals, memory)
if __name__ == "__main__":
    wanted = [f for f in ALL + (names,) if f.__name__ in sys.argv[1:]] or ALL
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        for f in wanted:
            try:
                print(f.__name__, f(), flush=True)
            except Exception as e:  # what else is wrong shall be seen, too
                print(f.__name__, type(e).__name__, e, flush=True)
        os.chdir("/")
