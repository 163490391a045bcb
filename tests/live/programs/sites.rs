//! sites: what sites.c is, for names as Rust has them: modules, methods, closures, generics.
//!
//! "function" is the end of the name that is to be told, without generic parameters.
use std::collections::HashMap;
use std::hint::black_box;
use std::io::Read;
use std::sync::{mpsc, Arc, Mutex};
use std::thread;
use std::time::Duration;

const WAIT: Duration = Duration::from_millis(50);
const COMPUTE_S: f64 = 0.06;

#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

extern "C" {
    fn clock_gettime(clock: i32, ret: *mut Timespec) -> i32;
}

const CLOCK_MONOTONIC: i32 = 1;
const CLOCK_THREAD_CPUTIME_ID: i32 = 3;

#[inline(never)]
fn clock_s(clock: i32) -> f64 {
    let mut t = Timespec { seconds: 0, nanoseconds: 0 };
    unsafe { clock_gettime(clock, &mut t) };
    t.seconds as f64 + t.nanoseconds as f64 / 1e9
}

fn print(kind: &str, function: &str, line: u32, seconds: f64) {
    println!(
        "{{\"what\": \"{0}\", \"kind\": \"{1}\", \"function\": \"{0}\", \"outer\": \"{0}\", \
         \"file\": \"{2}\", \"line\": {3}, \"seconds\": {4}, \"pid\": {5}}}",
        function, kind, file!(), line, seconds, std::process::id()
    );
}

macro_rules! waits {
    ($function:expr, $what:expr) => {{
        let start = clock_s(CLOCK_MONOTONIC);
        let result = $what;
        print("waits", $function, line!(), clock_s(CLOCK_MONOTONIC) - start);
        result
    }};
}

macro_rules! computes {
    ($function:expr, $what:expr) => {{
        let start = clock_s(CLOCK_THREAD_CPUTIME_ID);
        while clock_s(CLOCK_THREAD_CPUTIME_ID) < start + COMPUTE_S {
            $what
        }
        print("computes", $function, line!(), clock_s(CLOCK_THREAD_CPUTIME_ID) - start);
    }};
}

mod shop {
    use super::*;

    pub struct Cart {
        pub total: u64,
    }

    pub trait Pay {
        fn pay(&self);
    }

    impl Cart {
        #[inline(never)]
        pub fn rest(&self) {
            waits!("Cart::rest", thread::sleep(WAIT))
        }

        #[inline(never)]
        pub fn count(&mut self) {
            computes!("Cart::count", for i in 0..100_000 { self.total += black_box(i) })
        }
    }

    impl Pay for Cart {
        #[inline(never)]
        fn pay(&self) {
            waits!("pay", thread::sleep(WAIT))
        }
    }

    #[inline(never)]
    pub fn add<T: Copy + Into<u64>>(by: T) -> u64 {
        let mut sum = 0;
        computes!("add", for _ in 0..100_000 { sum += black_box(by).into() });
        sum
    }

    #[inline(never)]
    pub fn fill() {
        let mut words = HashMap::new();
        computes!("fill", for i in 0..300 { words.insert(i, i.to_string()); });
    }

    #[inline(never)]
    pub fn sleep_in_closure(run: &dyn Fn()) {
        run();
    }
}

#[inline(never)]
fn lock() {
    let mutex = Arc::new(Mutex::new(()));
    let (sender, held) = mpsc::channel();
    let other = {
        let mutex = mutex.clone();
        thread::spawn(move || {
            let _guard = mutex.lock().unwrap();
            sender.send(()).unwrap();
            thread::sleep(WAIT);
        })
    };
    held.recv().unwrap();
    drop(waits!("lock", mutex.lock().unwrap()));
    other.join().unwrap();
}

#[inline(never)]
fn receive() {
    let (sender, receiver) = mpsc::channel();
    let other = thread::spawn(move || {
        thread::sleep(WAIT);
        sender.send(1).unwrap();
    });
    waits!("receive", receiver.recv().unwrap());
    other.join().unwrap();
}

#[inline(never)]
fn join() {
    let other = thread::spawn(|| thread::sleep(WAIT));
    waits!("join", other.join().unwrap());
}

#[inline(never)]
fn read() {
    let mut child = std::process::Command::new("sleep")
        .arg("0.05")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut text = String::new();
    waits!("read", child.stdout.take().unwrap().read_to_string(&mut text).unwrap());
    child.wait().unwrap();
}

fn main() {
    use shop::Pay;
    let mut cart = shop::Cart { total: 0 };
    cart.rest();
    cart.pay();
    lock();
    receive();
    join();
    read();
    shop::sleep_in_closure(&|| waits!("closure", thread::sleep(WAIT)));
    cart.count();
    black_box(shop::add(3u32));
    shop::fill();
}
