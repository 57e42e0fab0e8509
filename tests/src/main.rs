//! The `heapgym` program, built where tests can find it.

use std::process::ExitCode;

fn main() -> ExitCode {
    heapgym::command::main()
}
