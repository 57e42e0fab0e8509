//! A specification carried whole in a link: `/play#s=v1.…`, JSON that is deflated and written in base64url (RFC 4648).
//!
//! The fragment of an address is not sent to the server: whoever opens the link needs no run of it, and no store.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use miniz_oxide::{
    deflate::compress_to_vec,
    inflate::{TINFLStatus, decompress_to_vec_with_limit},
};
use serde_json::Value;

use crate::{field::Rejection, protocol::MAX_CLIENT_MESSAGE_BYTES};

/// The path of the playground that a link with a specification leads to.
pub const PATH: &str = "/play";

/// What stands before the specification in the fragment, with the version of how it is written.
const PREFIX: &str = "s=v1.";

/// Longest text of a specification in a link, in characters.
pub const MAX_CHARS: usize = 16 * 1024;

/// Largest specification that a link may unfold to, in bytes: as large as a message that starts a run.
pub const MAX_BYTES: usize = MAX_CLIENT_MESSAGE_BYTES;

/// How hard the text is pressed together, from 0 to 10: a specification is small, so as hard as is of use.
const LEVEL: u8 = 9;

/// The path and fragment that carry a specification: `/play#s=v1.…`.
pub fn write(spec: &Value) -> String {
    let deflated = compress_to_vec(spec.to_string().as_bytes(), LEVEL);
    format!("{PATH}#{PREFIX}{}", URL_SAFE_NO_PAD.encode(deflated))
}

/// The specification that a fragment carries, still to be judged; `None` for a fragment that carries none.
///
/// # Errors
/// When what it carries is damaged, of another version, or larger than a specification can be.
pub fn read(fragment: &str) -> Option<Result<Value, Rejection>> {
    // Chats and mail programs write signs of a link as codes, and others add words of their own.
    let plain = [("%23", "#"), ("%26", "&"), ("%3D", "="), ("%3d", "=")]
        .iter()
        .fold(fragment.to_owned(), |text, (code, sign)| text.replace(code, sign));
    let mut parts = plain.trim_start_matches('#').split('&');
    parts.find(|part| part.starts_with("s=")).map(unfold)
}

fn unfold(text: &str) -> Result<Value, Rejection> {
    let refuse = |reason: String| Rejection::new("link", reason, "a link as the page copies it, whole");
    let text = text.strip_prefix(PREFIX).ok_or_else(|| refuse("is of another version".to_owned()))?;
    if text.len() > MAX_CHARS {
        return Err(refuse(format!("has {} characters where at most {MAX_CHARS} make sense", text.len())));
    }
    let deflated = URL_SAFE_NO_PAD.decode(text);
    let deflated =
        deflated.map_err(|_| refuse("is damaged: it has characters that do not belong there".to_owned()))?;
    let json = decompress_to_vec_with_limit(&deflated, MAX_BYTES).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => refuse(format!("unfolds to more than {MAX_BYTES} bytes")),
        _ => refuse("is damaged: a part of it is missing or has changed".to_owned()),
    })?;
    match serde_json::from_slice(&json) {
        Ok(Value::Object(spec)) => Ok(Value::Object(spec)),
        _ => Err(refuse("carries no specification".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::preset::PRESETS;

    fn fragment(link: &str) -> &str {
        link.strip_prefix(PATH).unwrap()
    }

    #[track_caller]
    fn reason(fragment: &str) -> String {
        read(fragment).unwrap().unwrap_err().reason
    }

    fn carrying(text: &[u8]) -> String {
        format!("#{PREFIX}{}", URL_SAFE_NO_PAD.encode(compress_to_vec(text, LEVEL)))
    }

    #[test]
    fn a_specification_reads_back_as_it_was_written() {
        for preset in PRESETS {
            let link = write(&preset.spec());
            assert_eq!(read(fragment(&link)), Some(Ok(preset.spec())), "{link}");
            assert!(link.len() < 500, "{} characters: {link}", link.len());
        }
    }

    #[test]
    fn a_link_may_have_gone_through_other_programs() {
        let link = write(&json!({"variant": "naive"}));
        let whole = fragment(&link);
        let text = whole.strip_prefix("#s=").unwrap();
        for passed_on in [
            format!("#s%3D{text}"),
            format!("#s%3d{text}"),
            format!("%23s={text}"),
            format!("#%23s%3D{text}"),
            format!("#utm=x&s={text}"),
            format!("#s={text}&utm=x"),
            format!("#utm%3Dx%26s%3D{text}"),
        ] {
            assert_eq!(read(&passed_on), Some(Ok(json!({"variant": "naive"}))), "{passed_on}");
        }
    }

    #[test]
    fn other_fragments_carry_none() {
        for fragment in ["", "#", "#t=1-2", "#runs", "s"] {
            assert_eq!(read(fragment), None, "{fragment}");
        }
    }

    #[test]
    fn what_is_damaged_is_refused_with_the_reason() {
        let link = write(&json!({"variant": "naive"}));
        let whole = fragment(&link);
        assert!(reason("#s=v2.abc").contains("another version"));
        assert!(reason("#s=").contains("another version"));
        assert!(reason(&whole[..whole.len() - 4]).contains("damaged"));
        assert!(reason("#s=v1.%20<script>").contains("do not belong"));
        assert!(reason(&carrying(b"[1]")).contains("no specification"));
        assert!(reason(&carrying(b"\xff\xfe")).contains("no specification"));
        assert!(reason(&format!("#s=v1.{}", "A".repeat(MAX_CHARS + 4))).contains("characters"));
    }

    #[test]
    fn a_bomb_is_not_unfolded() {
        let bomb = carrying(&vec![b' '; 8 << 20]);
        assert!(bomb.len() < MAX_CHARS, "{} characters", bomb.len());
        assert!(reason(&bomb).contains("unfolds to more than"));
        let deep = carrying(&vec![b'['; MAX_BYTES]);
        assert!(reason(&deep).contains("no specification"));
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in ".{0,200}") {
            let _ = read(&text);
            let _ = read(&format!("#{PREFIX}{text}"));
            let _ = read(&carrying(text.as_bytes()));
        }
    }
}
