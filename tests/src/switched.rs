//! The `heapgym` program with a switch for its counting: `cargo xtask bench overhead` asks what counting costs.
//!
//! With `HEAPGYM_COUNTING=off` in the environment neither it nor its children count allocations.

use std::process::ExitCode;

use heapgym_probe::{
    Jemalloc,
    counting::{SwitchedAllocator, switch_off},
};

#[global_allocator]
static ALLOCATOR: SwitchedAllocator<Jemalloc> = SwitchedAllocator::new(Jemalloc);

fn main() -> ExitCode {
    if std::env::var_os("HEAPGYM_COUNTING").is_some_and(|asked| asked == "off") {
        switch_off();
    }
    heapgym::command::main()
}
