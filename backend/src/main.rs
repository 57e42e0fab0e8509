//! The `heapgym` program.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: heapgym::Allocator = heapgym::ALLOCATOR;

fn main() -> ExitCode {
    heapgym::command::main()
}
