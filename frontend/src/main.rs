//! Starts the page.

use gloo_timers::callback::Timeout;

fn main() {
    // In a task of its own: this one has made the program ready to run.
    Timeout::new(0, heapgym_frontend::mount).forget();
}
