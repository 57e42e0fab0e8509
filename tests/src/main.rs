//! The `heapgym` program, built where tests can find it.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: heapgym::Allocator = heapgym::ALLOCATOR;

fn main() -> ExitCode {
    heapgym::command::main()
}
