//! What the keyboard can do on the page: the commands of the palette, and the keys that need no palette.

/// Something that can be asked of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Run what the form says.
    Run,
    /// Run two variants, one after the other.
    RunPair,
    /// Stop what goes on, and what waits behind it.
    Stop,
    /// Run again what is in sight.
    RunAgain,
    /// Take the run in sight into the form.
    ChangeOne,
    /// Copy a link to the settings.
    CopyLink,
    /// Fill the form with the preset at this place of the list.
    Preset(usize),
    /// Choose a file with a run in it.
    OpenFile,
    /// Go to the first field of the form.
    ToForm,
    /// Go to the first chart.
    ToCharts,
    /// Go to the playground.
    ToPlayground,
    /// Go to the list of runs.
    ToRuns,
    /// Look as this choice of the theme says.
    Theme(&'static str),
}

/// A command: its words, its key where it has one, and what it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What it is called.
    pub title: String,
    /// The key that does it without the palette; empty where there is none.
    pub keys: &'static str,
    /// What it asks.
    pub action: Action,
}

/// The keys of the charts and of the palette itself, with what they do.
pub const KEYS: [(&str, &str); 9] = [
    ("?  or  Ctrl+K", "open this list"),
    ("Ctrl+Enter", "run what the form says, or stop what runs"),
    ("Tab", "go from part to part; charts are parts"),
    ("← →  on a chart", "move the cursor; with Shift, move the chart"),
    ("+  −  0  on a chart", "zoom in, zoom out, show all"),
    ("Space  on a chart", "pause the charts, and go on"),
    ("L  on a chart", "change the scale of its values"),
    ("T  on a chart", "open its figures as a table"),
    ("Esc", "close what is open"),
];

/// The commands whose words hold all that was typed, in their order.
pub fn matching(commands: &[Command], typed: &str) -> Vec<Command> {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    let holds = |command: &&Command| {
        let title = command.title.to_lowercase();
        words.iter().all(|word| title.contains(word))
    };
    commands.iter().filter(holds).cloned().collect()
}

/// All commands, for a page that shows the playground or the list of runs.
pub fn commands(on_playground: bool) -> Vec<Command> {
    let command = |title: &str, keys, action| Command { title: title.to_owned(), keys, action };
    let mut commands = Vec::new();
    if on_playground {
        commands.extend([
            command("Run", "Ctrl+Enter", Action::Run),
            command("Run two variants, one after the other", "", Action::RunPair),
            command("Stop", "Ctrl+Enter", Action::Stop),
            command("Run again", "", Action::RunAgain),
            command("Change one thing of this run", "", Action::ChangeOne),
            command("Copy a link to these settings", "", Action::CopyLink),
            command("Open a run from a file", "", Action::OpenFile),
            command("Go to the settings", "", Action::ToForm),
            command("Go to the charts", "", Action::ToCharts),
        ]);
        let presets = heapgym_shared::preset::PRESETS.iter().enumerate();
        commands.extend(
            presets.map(|(place, preset)| {
                command(&format!("Preset: {}", preset.title), "", Action::Preset(place))
            }),
        );
    }
    commands.extend([
        command("Go to the playground", "", Action::ToPlayground),
        command("Go to all runs", "", Action::ToRuns),
        command("Theme: as the system", "", Action::Theme("system")),
        command("Theme: light", "", Action::Theme("light")),
        command("Theme: dark", "", Action::Theme("dark")),
    ]);
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_by_any_of_their_words() {
        let all = commands(true);
        let found =
            |typed| matching(&all, typed).into_iter().map(|command| command.action).collect::<Vec<_>>();
        assert_eq!(found("LINK"), [Action::CopyLink]);
        assert_eq!(found("theme dark"), [Action::Theme("dark")]);
        assert_eq!(found(" ").len(), all.len());
        assert!(found("xyzzy").is_empty());
    }

    #[test]
    fn the_list_of_runs_has_no_commands_of_a_run() {
        assert!(commands(false).iter().all(|command| command.action != Action::Run));
    }
}
