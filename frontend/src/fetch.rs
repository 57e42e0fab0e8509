//! Asks the server for something or for a change, and says in half a sentence why it did not come to that.

pub use gloo_net::http::Method;
use gloo_net::http::{Request, RequestBuilder, Response};
use heapgym_shared::{Rejection, protocol::RunId};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// Why an answer cannot be read.
pub const OTHER_VERSION: &str = "the server is of another version: reload the page";

/// What stands at an address of the server.
///
/// # Errors
/// Why it could not be fetched, as half a sentence.
pub async fn get<T: DeserializeOwned>(address: &str) -> Result<T, String> {
    parse(&read(Request::get(address).send().await).await?)
}

/// What stands at an address with words of a query.
///
/// # Errors
/// Why it could not be fetched, as half a sentence.
pub async fn search<T: DeserializeOwned>(address: &str, words: Vec<(&str, String)>) -> Result<T, String> {
    let words = words.iter().map(|(name, word)| (*name, word.as_str()));
    parse(&read(Request::get(address).query(words).send().await).await?)
}

/// Has something done; gives what the server answers.
///
/// # Errors
/// Why it was not done, as half a sentence.
pub async fn tell(method: Method, address: &str, body: &str) -> Result<String, String> {
    let request = RequestBuilder::new(address).method(method).header("content-type", "application/json");
    let request = request.body(body.to_owned()).map_err(|_| "the browser refuses to send it".to_owned())?;
    read(request.send().await).await
}

/// Why the server accepts no changes and no websocket from this page. `None` if it does, or does not answer.
pub async fn refusal_of_page() -> Option<String> {
    // With POST the browser sends the page's origin, as it does for a websocket.
    let response = Request::post("api/ws").send().await.ok()?;
    if response.status() != 403 {
        return None;
    }
    refusal(&response.text().await.ok()?)
}

/// Reads an answer of the server.
///
/// # Errors
/// When it is something else: the server is of another version.
pub fn parse<T: DeserializeOwned>(answer: &str) -> Result<T, String> {
    serde_json::from_str(answer).map_err(|_| OTHER_VERSION.to_owned())
}

async fn read(response: Result<Response, gloo_net::Error>) -> Result<String, String> {
    let unreachable = |_| "the server cannot be reached".to_owned();
    let response = response.map_err(unreachable)?;
    let (is_ok, status) = (response.ok(), response.status());
    let text = response.text().await.map_err(unreachable)?;
    if is_ok {
        Ok(text)
    } else {
        Err(refusal(&text).unwrap_or_else(|| format!("the server answered with status {status}")))
    }
}

/// What a refusal of the server says. `None` if the text is something else.
fn refusal(text: &str) -> Option<String> {
    let Rejection { field, reason, allowed } = serde_json::from_str(text).ok()?;
    Some(format!("{field} {reason}; allowed: {allowed}"))
}

/// Has the server run two sides in turn, each a specification or the name of a run to repeat; gives the first pair of
/// runs.
///
/// # Errors
/// Why it was not begun, as half a sentence.
pub async fn start_comparison([a, b]: [Value; 2], pairs: u32) -> Result<[RunId; 2], String> {
    #[derive(Deserialize)]
    struct Accepted {
        a: RunId,
        b: RunId,
    }
    let asked = json!({ "a": a, "b": b, "pairs": pairs }).to_string();
    let Accepted { a, b } = parse(&tell(Method::POST, "api/compare", &asked).await?)?;
    Ok([a, b])
}
