//! Addresses become names: from debug information beside the program, else from its symbol table, else as they are.
//!
//! Never in the measured process: what is read for it is tens of megabytes.

use std::{collections::HashMap, path::PathBuf};

use addr2line::{Loader, demangle_auto};

use super::{Dump, Function, HeapProfile, HeapStack, Line, Location, Mapping, dump::Row, elf, frames, names};
use crate::{
    child::program::{is_this_program, links_in},
    scratch::Scratch,
};

/// Gives the addresses of a dump names. Takes about a second, most of it to read the debug information.
pub fn symbolize(dump: Dump) -> HeapProfile {
    let mut names = Names::new(&dump.mappings);
    let stacks = dump.rows.iter().map(|row| names.stack(row)).collect();
    let Names { functions, locations, .. } = names;
    HeapProfile {
        sample_bytes: dump.sample_bytes,
        functions: functions.all,
        locations: locations.all,
        threads: dump.threads,
        stacks,
        mappings: dump.mappings,
    }
}

/// Values in the order in which they were first seen, each once.
#[derive(Debug)]
struct Once<K, V> {
    all: Vec<V>,
    indices: HashMap<K, u32>,
}

impl<K: std::hash::Hash + Eq, V> Once<K, V> {
    fn new() -> Self {
        Self { all: Vec::new(), indices: HashMap::new() }
    }

    fn index(&mut self, key: K, value: impl FnOnce() -> V) -> u32 {
        *self.indices.entry(key).or_insert_with(|| {
            self.all.push(value());
            self.all.len() as u32 - 1
        })
    }
}

/// What has been named so far.
struct Names<'a> {
    mappings: &'a [Mapping],
    files: HashMap<&'a str, Option<File>>,
    functions: Once<Function, Function>,
    /// By address, and how many of its inlined functions are left out.
    locations: Once<(u64, usize), Location>,
    /// The lines of an address, the innermost first.
    lines: HashMap<u64, Vec<Line>>,
}

/// A file with names.
struct File {
    loader: Loader,
    /// The links through which this program's own file is read; it has no others.
    _links: Option<Scratch>,
    /// What to subtract from an address in memory.
    base: u64,
}

impl<'a> Names<'a> {
    fn new(mappings: &'a [Mapping]) -> Self {
        Self {
            mappings,
            files: HashMap::new(),
            functions: Once::new(),
            locations: Once::new(),
            lines: HashMap::new(),
        }
    }

    fn stack(&mut self, row: &Row) -> HeapStack {
        // A return address may be the first of the next line, or of the next function: the call is before it.
        let calls: Vec<u64> = row.addresses.iter().map(|address| address.saturating_sub(1)).collect();
        for &call in &calls {
            if !self.lines.contains_key(&call) {
                let lines = self.look_up(call);
                self.lines.insert(call, lines);
            }
        }
        let lines = calls.iter().flat_map(|call| &self.lines[call]);
        let functions: Vec<&Function> =
            lines.map(|line| &self.functions.all[line.function as usize]).collect();
        let mut left_out = frames::hidden(&functions);
        let mut locations = Vec::with_capacity(calls.len());
        for call in calls {
            let lines = &self.lines[&call];
            if left_out >= lines.len() {
                left_out -= lines.len();
                continue;
            }
            let mapping =
                self.mappings.iter().position(|mapping| (mapping.start..mapping.end).contains(&call));
            let shown = &lines[left_out..];
            locations.push(self.locations.index((call, left_out), || Location {
                address: call,
                mapping: mapping.map(|index| index as u32),
                lines: shown.to_vec(),
            }));
            left_out = 0;
        }
        HeapStack { locations, thread: row.thread, values: row.values }
    }

    /// The functions at an address, the innermost first; at least one.
    fn look_up(&mut self, address: u64) -> Vec<Line> {
        let mapping = self.mappings.iter().find(|mapping| (mapping.start..mapping.end).contains(&address));
        let named = mapping.map(|mapping| self.look_up_in(mapping, address)).unwrap_or_default();
        let named = if named.is_empty() { vec![(unnamed(address, mapping), 0)] } else { named };
        let mut line = |(function, line): (Function, u32)| Line {
            function: self.functions.index(function.clone(), || function),
            line,
        };
        named.into_iter().map(&mut line).collect()
    }

    fn look_up_in(&mut self, mapping: &'a Mapping, address: u64) -> Vec<(Function, u32)> {
        let open = || {
            let file = File::open(self.mappings, &mapping.path);
            file.inspect_err(|error| {
                tracing::debug!(path = mapping.path, %error, "there are no names in this file");
            })
            .ok()
        };
        match self.files.entry(&mapping.path).or_insert_with(open) {
            Some(file) => file.look_up(address),
            None => Vec::new(),
        }
    }
}

impl File {
    fn open(mappings: &[Mapping], path: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let mut file = PathBuf::from(path);
        let mut links = None;
        // Where its path leads may lie another build by now, or nothing.
        if is_this_program(path) {
            let folder = Scratch::new()?;
            file = links_in(folder.path(), path)?;
            links = Some(folder);
        }
        Ok(Self { base: elf::base(mappings, path, &file), loader: Loader::new(&file)?, _links: links })
    }

    fn look_up(&self, address: u64) -> Vec<(Function, u32)> {
        let address = address.saturating_sub(self.base).saturating_add(self.loader.relative_address_base());
        let symbol = self.loader.find_symbol(address);
        let mut named = self.frames(address).unwrap_or_default();
        match (named.last_mut(), symbol) {
            // The symbol table has the whole name of a function that was not inlined, which debug information of
            // lines has not.
            (Some((outermost, _)), Some(symbol)) if !is_mangled(&outermost.linkage) => outermost.link(symbol),
            (None, Some(symbol)) => {
                let mut function = Function::in_file("");
                function.link(symbol);
                named.push((function, 0));
            }
            _ => {}
        }
        named.retain(|(function, _)| !function.name.is_empty());
        named
    }

    fn frames(&self, address: u64) -> Option<Vec<(Function, u32)>> {
        let mut frames = self.loader.find_frames(address).ok()?;
        let mut named = Vec::new();
        // Debug information that is broken from here on still names what came before.
        while let Ok(Some(frame)) = frames.next() {
            let place = frame.location;
            let mut function =
                Function::in_file(place.as_ref().and_then(|place| place.file).unwrap_or_default());
            if let Some(Ok(name)) = frame.function.as_ref().map(|name| name.raw_name()) {
                function.link(&name);
            }
            named.push((function, place.and_then(|place| place.line).unwrap_or(0)));
        }
        Some(named)
    }
}

/// What nothing names: its place in its file, which is the same in every process.
fn unnamed(address: u64, mapping: Option<&Mapping>) -> Function {
    let mut function = Function::in_file("");
    function.name = match mapping {
        Some(mapping) => {
            let file = mapping.path.rsplit('/').next().unwrap_or_default();
            format!("{file}+{:#x}", address - mapping.start + mapping.offset)
        }
        None => format!("{address:#x}"),
    };
    function
}

impl Function {
    fn in_file(file: &str) -> Self {
        Self { name: String::new(), linkage: String::new(), file: file.to_owned() }
    }

    /// Takes the name that the linker or the debug information has.
    fn link(&mut self, linkage: &str) {
        linkage.clone_into(&mut self.linkage);
        self.name = if is_mangled(linkage) {
            names::plain(&demangle_auto(linkage.into(), None))
        } else {
            names::qualified(linkage, &self.file)
        };
    }
}

fn is_mangled(linkage: &str) -> bool {
    ["_R", "_Z"].iter().any(|prefix| linkage.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stack that ends in this function, with the file that it is in.
    fn dump_of(function: fn(), path: &str) -> Dump {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let text = format!(
            "heap_v2/1\n@ {:#x}\n  t1: 1: 1 [1: 1]\n\nMAPPED_LIBRARIES:\n{maps}",
            function as usize + 2
        );
        let mut dump = Dump::parse(&text).unwrap();
        let own = std::env::current_exe().unwrap().display().to_string();
        for mapping in dump.mappings.iter_mut().filter(|mapping| mapping.path == own) {
            mapping.path = path.to_owned();
        }
        dump
    }

    #[inline(never)]
    fn well_known() {
        std::hint::black_box(1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_program_names_its_functions() {
        let own = std::env::current_exe().unwrap();
        let profile = symbolize(dump_of(well_known, own.to_str().unwrap()));
        let [location] = &profile.locations[..] else { panic!("{profile:?}") };
        let names: Vec<&str> = location
            .lines
            .iter()
            .map(|line| profile.functions[line.function as usize].name.as_str())
            .collect();
        assert!(names.last().unwrap().ends_with("symbolize::tests::well_known"), "{names:?}");
        let outermost = location.lines.last().unwrap();
        assert!(profile.functions[outermost.function as usize].file.ends_with("symbolize.rs"), "{profile:?}");
        assert!(outermost.line > 0 && location.mapping.is_some());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_program_that_is_gone_leaves_addresses() {
        let dump = dump_of(well_known, "/no/such/program");
        let address = dump.rows[0].addresses[0] - 1;
        let profile = symbolize(dump);
        let mapping = profile.mappings.iter().find(|mapping| mapping.path == "/no/such/program").unwrap();
        let name = &profile.functions[0].name;
        assert!(name.starts_with("program+0x") && profile.functions.len() == 1, "{name}");
        let offset = u64::from_str_radix(name.rsplit("0x").next().unwrap(), 16).unwrap();
        assert!(offset < address && profile.mappings.contains(mapping));
    }
}
