//! Rebuilds the server when the page in it has changed: new file names are not noticed otherwise.

use std::path::Path;

fn main() {
    let dist = Path::new("../frontend/dist");
    // A path that is missing would count as changed in every build; its folder tells when it appears.
    let watched = if dist.exists() { dist } else { Path::new("../frontend") };
    println!("cargo::rerun-if-changed={}", watched.display());
}
