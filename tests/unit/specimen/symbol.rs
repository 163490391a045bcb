// Functions of Rust to be named from outside: see test_probe_symbol_language.c.
mod work {
    pub struct Pool<T> {
        pub items: Vec<T>,
    }

    impl<T: Copy + Into<u64>> Pool<T> {
        #[inline(never)]
        pub fn total(&self) -> u64 {
            let mut sum = 0u64;
            for item in &self.items {
                sum ^= innermost((*item).into());
            }
            sum
        }
    }

    #[inline(always)]
    fn innermost(n: u64) -> u64 {
        n.rotate_left(7) / (n + 3)
    }
}

fn main() {
    let pool = work::Pool { items: vec![1u32, 2, 3] };
    std::process::exit((pool.total() & 1) as i32);
}
