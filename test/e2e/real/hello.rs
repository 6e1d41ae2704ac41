// SPDX-License-Identifier: ISC
// For real_rust.sh: what Rust's standard library asks of the system.
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::*;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::*;
use std::sync::{atomic::*, mpsc, Arc, Condvar, Mutex, RwLock};
use std::time::*;
use std::{env, fs, panic, thread};
fn main() {
    let a: Vec<String> = env::args().collect();
    if a.len() > 1 && a[1] == "child" {
        let mut s = String::new();
        std::io::stdin().read_to_string(&mut s).unwrap();
        println!("child got {}", s.trim());
        exit(9);
    }
    println!("rust {}", a.len());
    let (tx, rx) = mpsc::channel();
    let hs: Vec<_> = (0..8)
        .map(|i| {
            let tx = tx.clone();
            thread::spawn(move || {
                for j in 0..1000 {
                    tx.send(i * j).unwrap();
                }
            })
        })
        .collect();
    drop(tx);
    println!("sum {}", rx.iter().sum::<i64>());
    for h in hs {
        h.join().unwrap();
    }
    let m = Arc::new((Mutex::new(0), Condvar::new()));
    let m2 = m.clone();
    let h = thread::spawn(move || {
        let mut g = m2.0.lock().unwrap();
        while *g < 5 {
            g = m2.1.wait(g).unwrap();
        }
        *g
    });
    for _ in 0..5 {
        *m.0.lock().unwrap() += 1;
        m.1.notify_all();
    }
    println!("condvar {}", h.join().unwrap());
    let r = Arc::new(RwLock::new(HashMap::new()));
    thread::scope(|s| {
        for i in 0..4 {
            let r = &r;
            s.spawn(move || {
                r.write().unwrap().insert(i, i * i);
            });
        }
    });
    println!("map {}", r.read().unwrap().len());
    let c = AtomicUsize::new(0);
    thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| {
                for _ in 0..10000 {
                    c.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    println!("atomic {}", c.load(Ordering::SeqCst));
    let l = TcpListener::bind("127.0.0.1:0").unwrap();
    let ad = l.local_addr().unwrap();
    let t = thread::spawn(move || {
        for s in l.incoming().take(10) {
            let mut s = s.unwrap();
            let mut b = BufReader::new(s.try_clone().unwrap());
            let mut line = String::new();
            b.read_line(&mut line).unwrap();
            s.write_all(line.to_uppercase().as_bytes()).unwrap();
        }
    });
    let mut n = 0;
    for i in 0..10 {
        let mut s = TcpStream::connect(ad).unwrap();
        s.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        writeln!(s, "line {i}").unwrap();
        let mut o = String::new();
        s.read_to_string(&mut o).unwrap();
        n += (o == format!("LINE {i}\n")) as i32;
    }
    t.join().unwrap();
    println!("tcp {n}");
    let u = UdpSocket::bind("127.0.0.1:0").unwrap();
    u.send_to(b"dgram", u.local_addr().unwrap()).unwrap();
    let mut b = [0; 9];
    println!("udp {}", u.recv_from(&mut b).unwrap().0);
    let (mut x, mut y) = UnixStream::pair().unwrap();
    x.write_all(b"pair").unwrap();
    drop(x);
    let mut s = String::new();
    y.read_to_string(&mut s).unwrap();
    println!("{s}");
    let mut c = Command::new(env::current_exe().unwrap())
        .arg("child")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    c.stdin.take().unwrap().write_all(b"input").unwrap();
    let o = c.wait_with_output().unwrap();
    print!("{}", String::from_utf8_lossy(&o.stdout));
    println!("status {:?}", o.status.code());
    let mut k = Command::new(env::current_exe().unwrap())
        .arg("child")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    k.kill().unwrap();
    println!("killed {:?}", k.wait().unwrap().signal());
    println!("none {:?}", Command::new("/none").spawn().map_err(|e| e.kind()).err());
    let d = env::temp_dir().join("rust-d".to_owned() + &std::process::id().to_string());
    fs::create_dir_all(d.join("a/b")).unwrap();
    fs::write(d.join("a/f"), "text").unwrap();
    fs::copy(d.join("a/f"), d.join("g")).unwrap();
    fs::rename(d.join("g"), d.join("h")).unwrap();
    let mut v: Vec<_> = fs::read_dir(&d).unwrap().map(|e| e.unwrap().file_name()).collect();
    v.sort();
    println!("{v:?} {}", fs::read_to_string(d.join("h")).unwrap());
    fs::remove_dir_all(&d).unwrap();
    println!("{}", d.exists());
    panic::set_hook(Box::new(|_| ()));
    let e = panic::catch_unwind(|| {
        let v: Vec<i32> = vec![];
        v[1]
    });
    println!("panic {}", e.is_err());
    let st = thread::Builder::new()
        .stack_size(256 << 10)
        .name("small".into())
        .spawn(|| thread::current().name().map(|s| s.to_string()))
        .unwrap()
        .join()
        .unwrap();
    println!("{st:?}");
    let t = Instant::now();
    thread::sleep(Duration::from_millis(20));
    println!("slept {}", t.elapsed() >= Duration::from_millis(20));
    println!("cpus {}", thread::available_parallelism().unwrap().get() >= 1);
    println!(
        "time {}",
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() > 1_600_000_000
    );
    println!("vec {}", (0..5_000_000u64).map(|x| x ^ 5).collect::<Vec<_>>().len());
    if a.len() > 1 {
        let e = Command::new("/none").exec();
        println!("{e}");
    }
    exit(5);
}
