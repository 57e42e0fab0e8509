//! Starts the page.

use gloo_timers::callback::Timeout;

fn main() {
    console_error_panic_hook::set_once();
    // In a task of its own: this one has made the program ready to run.
    Timeout::new(0, heapgym_frontend::mount).forget();
}
