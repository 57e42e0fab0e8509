//! Asks the server for a text, and says in half a sentence why there is none.

use gloo_net::http::Request;

/// Why an answer cannot be read.
pub const OTHER_VERSION: &str = "the server is of another version: reload the page";

/// The text at an address of the server.
///
/// # Errors
/// Why it could not be fetched, as half a sentence.
pub async fn text(address: &str) -> Result<String, String> {
    let unreachable = |_| "the server cannot be reached".to_owned();
    let response = Request::get(address).send().await.map_err(unreachable)?;
    if !response.ok() {
        return Err(format!("the server answered with status {}", response.status()));
    }
    response.text().await.map_err(unreachable)
}
