//! Takes out of the page's files what only people read: comments, indentation, long names.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// A script without its indentation and the comments that have lines of their own. It is for programs to read: none of
/// them has a text that goes over several lines.
pub(super) fn script(text: &str) -> String {
    let is_comment = |line: &&str| ["//", "/*", "*"].iter().any(|mark| line.starts_with(mark));
    lines(text.lines().map(str::trim).filter(|line| !is_comment(line)))
}

/// A style sheet without indentation and comments.
pub(super) fn style(text: &str) -> String {
    let mut parts = text.split("/*");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.filter_map(|part| part.split_once("*/")).map(|(_, after)| after);
    let text = rest.fold(first, |text, after| text + after);
    lines(text.lines().map(str::trim))
}

fn lines<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect()
}

/// A module with short names for what it takes from one script, and the script with the same. wasm-bindgen's own hold
/// sixteen digits each, which no compression makes smaller, and both files say them.
pub(super) fn short_imports(module: &[u8], script: &str, from: &str) -> Option<(Vec<u8>, String)> {
    let mut short = BTreeMap::new();
    let module = rename_imports(module, |source, name| {
        if source != from.as_bytes() {
            return name.to_vec();
        }
        let next = format!("${:x}", short.len());
        short.entry(name.to_vec()).or_insert(next).clone().into_bytes()
    })?;
    let mut said = BTreeSet::new();
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$';
    let mut text = String::with_capacity(script.len());
    for part in script.split_inclusive(|letter| !is_word(letter)) {
        let word = part.trim_end_matches(|letter| !is_word(letter));
        match short.get(word.as_bytes()) {
            Some(name) => {
                said.insert(word);
                let _ = write!(text, "{name}{}", &part[word.len()..]);
            }
            None => text.push_str(part),
        }
    }
    // A name that the script does not say would leave the module without it.
    (said.len() == short.len()).then_some((module, text))
}

/// A module whose imports have other names.
fn rename_imports(module: &[u8], mut name: impl FnMut(&[u8], &[u8]) -> Vec<u8>) -> Option<Vec<u8>> {
    const IMPORTS: u8 = 2;
    let (mut renamed, sections) = sections(module)?;
    for (kind, body) in sections {
        renamed.push(kind);
        if kind != IMPORTS {
            write_bytes(&mut renamed, body);
            continue;
        }
        let (mut section, mut imports) = (Vec::new(), Reader(body));
        let count = imports.number()?;
        write_number(&mut section, count);
        for _ in 0..count {
            let (source, old) = (imports.bytes()?, imports.bytes()?);
            write_bytes(&mut section, source);
            write_bytes(&mut section, &name(source, old));
            section.extend_from_slice(imports.description()?);
        }
        write_bytes(&mut renamed, &section);
    }
    Some(renamed)
}

/// A part of a module: its kind and its content.
type Section<'a> = (u8, &'a [u8]);

/// The header of a module, and its sections.
fn sections(module: &[u8]) -> Option<(Vec<u8>, Vec<Section<'_>>)> {
    const HEADER: usize = 8;
    let (header, rest) = module.split_at_checked(HEADER)?;
    let (mut sections, mut rest) = (Vec::new(), Reader(rest));
    while !rest.0.is_empty() {
        sections.push((rest.byte()?, rest.bytes()?));
    }
    Some((header.to_vec(), sections))
}

/// What is left to read of a module.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// A number as WebAssembly writes it: seven bits a byte, the least first.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0_usize;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    /// What kind of import it is.
    fn description(&mut self) -> Option<&'a [u8]> {
        let before = self.0;
        let limits = |reader: &mut Self| {
            let has_most = reader.byte()? & 1 == 1;
            reader.number()?;
            if has_most { reader.number() } else { Some(0) }
        };
        match self.byte()? {
            0 => self.number().map(|_| ())?,
            1 => {
                self.byte()?;
                limits(self)?;
            }
            2 => limits(self).map(|_| ())?,
            3 => {
                self.byte()?;
                self.byte()?;
            }
            _ => return None,
        }
        Some(&before[..before.len() - self.0.len()])
    }
}

fn write_number(to: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        to.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

fn write_bytes(to: &mut Vec<u8>, bytes: &[u8]) {
    write_number(to, bytes.len());
    to.extend_from_slice(bytes);
}

/// A module without its custom sections: names of functions are half of a part, and no browser needs them.
pub(super) fn without_names(module: &[u8]) -> Option<Vec<u8>> {
    const CUSTOM: u8 = 0;
    let (mut kept, sections) = sections(module)?;
    for (kind, body) in sections.into_iter().filter(|(kind, _)| *kind != CUSTOM) {
        kept.push(kind);
        write_bytes(&mut kept, body);
    }
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &[u8] = b"\0asm\x01\0\0\0";

    #[test]
    fn a_script_is_sent_without_what_only_people_read() {
        let text = "/**\n * Adds.\n * @param {number} a\n */\n  function add(a) {\n    // one\n    return a + 1;\n  }\n";
        assert_eq!(script(text), "function add(a) {\nreturn a + 1;\n}\n");
    }

    #[test]
    fn a_style_is_sent_without_what_only_people_read() {
        let text = "/* The look,\n   of all. */\n\np {\n  margin: 0; /* none */\n}\n";
        assert_eq!(style(text), "p {\nmargin: 0;\n}\n");
    }

    #[test]
    fn a_module_loses_its_names_and_nothing_else() {
        let code = [&[10, 0x80, 0x02][..], &[7; 256]].concat();
        let names = [0, 5, 4, b'n', b'a', b'm', b'e'];
        let module = [HEADER, &names, &code, &names].concat();
        assert_eq!(without_names(&module), Some([HEADER, &code].concat()));
        assert_eq!(without_names(&module[..module.len() - 1]), None);
        assert_eq!(without_names(b"no"), None);
    }

    fn module(names: [&str; 3]) -> Vec<u8> {
        let mut section = vec![3];
        let sources = ["./a.js", "./a.js", "./b.js"];
        let kinds: [&[u8]; 3] = [&[0, 0x81, 0x01], &[2, 1, 1, 0x80, 0x02], &[1, 0x70, 0, 5]];
        for ((source, name), kind) in sources.into_iter().zip(names).zip(kinds) {
            write_bytes(&mut section, source.as_bytes());
            write_bytes(&mut section, name.as_bytes());
            section.extend_from_slice(kind);
        }
        let mut module = HEADER.to_vec();
        module.push(2);
        write_bytes(&mut module, &section);
        [module, vec![10, 1, 0]].concat()
    }

    #[test]
    fn module_and_script_keep_meaning_the_same() {
        let text = "x = { __wbg_f_0123: function() { return f_0123; }, __wbg_m_4567: 0 }; __wbg_f_0123x";
        let renamed = short_imports(&module(["__wbg_f_0123", "__wbg_m_4567", "load"]), text, "./a.js");
        let said = "x = { $0: function() { return f_0123; }, $1: 0 }; __wbg_f_0123x";
        assert_eq!(renamed, Some((module(["$0", "$1", "load"]), said.to_owned())));
        assert_eq!(
            short_imports(&module(["one", "two", "load"]), "one", "./a.js"),
            None,
            "two would be lost"
        );
    }
}
