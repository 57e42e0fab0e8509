//! Starts the page.

fn main() {
    heapgym_frontend::mount();
}
