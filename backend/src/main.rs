//! The `heapgym` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    heapgym::command::main()
}
