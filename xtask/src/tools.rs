//! Tools that build the page, run the tests and compare with heapgym: pinned, and compiled once into a folder outside
//! the checkout.

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    path::{self, Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    shell::{command, root, run},
    steps::Step,
};

/// What builds the page. Newer ones need a newer Rust.
const TRUNK: &str = "0.21.14";

/// What runs the tests; `.config/nextest.toml` requires this version or a newer one.
const NEXTEST: &str = "0.9.143";

/// The newest oha; it asks for Rust 1.88.
const OHA: &str = "1.16.0";

/// Unoptimised, the tools of the page compile in a third of the time and build the same page 0.2 s later.
const QUICK_TO_COMPILE: [(&str, &str); 3] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
];

/// The tools of this checkout, installed or not.
pub(crate) struct Tools {
    wasm_bindgen: Tool,
    trunk: Tool,
}

impl Tools {
    /// Reads the version of wasm-bindgen from Cargo.lock: its tool and its library must be the same.
    pub(crate) fn pinned() -> Result<Self> {
        let cache = default_cache()?;
        let lock = fs::read_to_string(root().join("Cargo.lock")).context("Cargo.lock could not be read")?;
        let version =
            locked_version(&lock, "wasm-bindgen").context("Cargo.lock does not name wasm-bindgen")?;
        Ok(Self {
            wasm_bindgen: Tool::new(&cache, "wasm-bindgen-cli", "wasm-bindgen", version, Build::Quick(&[])),
            // Without its features: they are a TLS library and a search for updates.
            trunk: Tool::new(&cache, "trunk", "trunk", TRUNK, Build::Quick(&[])),
        })
    }

    /// The steps that install what is missing.
    pub(crate) fn steps(&self) -> Vec<Step> {
        [&self.wasm_bindgen, &self.trunk].into_iter().filter_map(Tool::step).collect()
    }

    /// Where wasm-bindgen is.
    pub(crate) fn wasm_bindgen(&self) -> PathBuf {
        self.wasm_bindgen.program()
    }

    /// Where trunk is.
    pub(crate) fn trunk(&self) -> PathBuf {
        self.trunk.program()
    }

    /// PATH with these tools first: trunk finds wasm-bindgen there, and would download it otherwise.
    pub(crate) fn path(&self) -> Result<OsString> {
        path_with(self.folders())
    }

    /// The folders of these tools.
    pub(crate) fn folders(&self) -> [PathBuf; 2] {
        [self.trunk.bin(), self.wasm_bindgen.bin()]
    }
}

/// The program that runs the tests.
pub(crate) fn nextest() -> Result<Tool> {
    // Without its self-update, which needs a TLS library.
    let build = Build::Quick(&["default-no-update"]);
    Ok(Tool::new(&default_cache()?, "cargo-nextest", "cargo-nextest", NEXTEST, build))
}

/// The load generator oha, as its author publishes it.
pub(crate) fn oha() -> Result<Tool> {
    Ok(Tool::new(&default_cache()?, "oha", "oha", OHA, Build::AsPublished))
}

/// How a tool is compiled.
#[derive(Clone, Copy, Debug)]
enum Build {
    /// For use, with these features alone: its speed does not matter, the time to compile it does.
    Quick(&'static [&'static str]),
    /// To be measured: with its own profile and its default features.
    AsPublished,
}

/// One version of one tool.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    package: &'static str,
    program: &'static str,
    version: String,
    folder: PathBuf,
    build: Build,
}

impl Tool {
    fn new(cache: &Path, package: &'static str, program: &'static str, version: &str, build: Build) -> Self {
        let folder = cache.join(format!("{package}-{version}"));
        Self { package, program, version: version.to_owned(), folder, build }
    }

    fn bin(&self) -> PathBuf {
        self.folder.join("bin")
    }

    /// The version that is installed.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Where the program is, once it is installed.
    pub(crate) fn program(&self) -> PathBuf {
        self.bin().join(self.program)
    }

    /// The step that installs the tool, or `None` when it is there.
    pub(crate) fn step(&self) -> Option<Step> {
        if self.program().is_file() {
            return None;
        }
        let tool = self.clone();
        let title = format!("installing {} {} (once, a few minutes)", self.package, self.version);
        Some(Step::new(title, move || tool.install()))
    }

    /// Installs beside the tool's folder and moves the program in, so that a half install is never found.
    fn install(&self) -> Result<()> {
        fs::create_dir_all(self.bin()).with_context(|| {
            let folder = self.folder.display();
            format!("{folder} cannot be written: set HEAPGYM_TOOLS to a folder that can")
        })?;
        // Two checkouts may set up at once: the second waits, and finds the work done.
        let lock = File::create(self.folder.with_added_extension("lock"))?;
        lock.lock()?;
        if self.program().is_file() {
            return Ok(());
        }
        let partial = self.folder.with_added_extension("partial");
        run(self.cargo_install(&partial)?)?;
        fs::rename(partial.join("bin").join(self.program), self.program())?;
        fs::remove_dir_all(&partial)?;
        Ok(())
    }

    fn cargo_install(&self, partial: &Path) -> Result<Command> {
        let spec = format!("{}@{}", self.package, self.version);
        let mut install = command("cargo", ["install", "--locked", "--force", &spec, "--bin", self.program]);
        if let Build::Quick(features) = self.build {
            install.args(["--no-default-features", "--features", &features.join(",")]).envs(QUICK_TO_COMPILE);
        }
        // A fixed target folder lets an interrupted install go on where it stopped.
        install.arg("--root").arg(partial).arg("--target-dir").arg(partial.join("target"));
        // With the folder on PATH cargo does not advise to put it there.
        install.env("PATH", path_with([partial.join("bin")])?);
        Ok(install)
    }
}

/// The cache of tools, as an absolute path.
pub(crate) fn default_cache() -> Result<PathBuf> {
    Ok(path::absolute(cache(|name| env::var_os(name))?)?)
}

/// The cache of tools: HEAPGYM_TOOLS, else heapgym's part of the user's cache folder.
fn cache(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf> {
    let folder = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    folder("HEAPGYM_TOOLS")
        .or_else(|| Some(folder("XDG_CACHE_HOME")?.join("heapgym/tools")))
        .or_else(|| Some(folder("HOME")?.join(".cache/heapgym/tools")))
        .context("no place to keep tools in: set HEAPGYM_TOOLS to a folder")
}

/// PATH with these folders first.
pub(crate) fn path_with(folders: impl IntoIterator<Item = PathBuf>) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(folders.into_iter().chain(env::split_paths(&path))).context(
        "the tools' folder has a name that cannot stand in PATH: set HEAPGYM_TOOLS to one without a colon",
    )
}

/// The version of `package` that Cargo.lock settled on.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache_with(variables: &[(&str, &str)]) -> Result<PathBuf> {
        cache(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn the_cache_is_where_the_environment_says() {
        let home = ("HOME", "/home/ada");
        let place = |variables: &[_]| cache_with(variables).unwrap();
        assert_eq!(place(&[home]), Path::new("/home/ada/.cache/heapgym/tools"));
        assert_eq!(place(&[home, ("XDG_CACHE_HOME", "/xdg")]), Path::new("/xdg/heapgym/tools"));
        assert_eq!(place(&[home, ("XDG_CACHE_HOME", "")]), Path::new("/home/ada/.cache/heapgym/tools"));
        assert_eq!(
            place(&[home, ("XDG_CACHE_HOME", "/xdg"), ("HEAPGYM_TOOLS", "/tools")]),
            Path::new("/tools")
        );
        assert!(cache_with(&[]).unwrap_err().to_string().contains("HEAPGYM_TOOLS"));
    }

    #[test]
    fn the_version_is_the_locked_one_of_exactly_that_package() {
        let lock = r#"
[[package]]
name = "wasm-bindgen-macro"
version = "0.2.1"

[[package]]
name = "wasm-bindgen"
version = "0.2.129"
source = "registry"
"#;
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.129"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }

    #[test]
    fn the_tests_run_with_the_version_that_their_configuration_requires() {
        let configuration = fs::read_to_string(root().join(".config/nextest.toml")).unwrap();
        assert!(configuration.contains(&format!("nextest-version = \"{NEXTEST}\"")));
    }

    #[test]
    fn a_tool_is_kept_by_name_and_version_and_installed_beside_its_place() {
        let cache = Path::new("/tools");
        let tool = Tool::new(cache, "wasm-bindgen-cli", "wasm-bindgen", "0.2.129", Build::Quick(&[]));
        assert_eq!(tool.program(), Path::new("/tools/wasm-bindgen-cli-0.2.129/bin/wasm-bindgen"));
        let install = tool.cargo_install(Path::new("/tools/partial")).unwrap();
        let args: Vec<_> = install.get_args().collect();
        assert!(args.contains(&"wasm-bindgen-cli@0.2.129".as_ref()));
        assert!(args.windows(2).any(|pair| pair == ["--root", "/tools/partial"]));
        assert!(!args.iter().any(|arg| *arg == tool.folder));
    }

    #[test]
    fn what_is_measured_is_compiled_as_published() {
        let own_way = |build| {
            let tool = Tool::new(Path::new("/tools"), "oha", "oha", "1.16.0", build);
            let install = tool.cargo_install(Path::new("/tools/partial")).unwrap();
            let profile = install.get_envs().any(|(name, _)| name == "CARGO_PROFILE_RELEASE_OPT_LEVEL");
            (profile, install.get_args().any(|arg| arg == "--no-default-features"))
        };
        assert_eq!(own_way(Build::Quick(&[])), (true, true));
        assert_eq!(own_way(Build::AsPublished), (false, false));
    }
}
