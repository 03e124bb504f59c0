//! Settings as flags of the command line: each verb has those that it uses.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::ConfigError;
use super::settings::{SETTINGS, Setting, Settings};
use super::value::FlagShape;

/// Settings that the short help of `-h` lists.
const COMMON: [&str; 17] = [
    "area",
    "as-of",
    "assessments",
    "column",
    "compare-to",
    "covered",
    "date-format",
    "dedupe",
    "encoding",
    "fill",
    "indicator",
    "marking",
    "max-rejects",
    "method",
    "page",
    "quarantine",
    "resolution",
];

/// Settings with their long help, in the order of groups and so of headings. Made once, not once a verb.
static FLAGS: LazyLock<Vec<(&Setting, String, String)>> = LazyLock::new(|| {
    let mut flags: Vec<_> = SETTINGS.iter().map(|setting| (setting, setting.short_help(), setting.help())).collect();
    flags.sort_by_key(|(setting, ..)| setting.group);
    flags
});

impl Setting {
    /// Longest short help: it fits on a line of its own with most flags.
    const SHORT_MAX: usize = 62;

    /// Meaning and default.
    fn help(&self) -> String {
        let default = self.default.map_or_else(String::new, |default| format!(" [default: {default}]"));
        format!("{}{default}", self.about)
    }

    /// Meaning on a line, with the default where it has room.
    fn short_help(&self) -> String {
        let default = self.default.map_or_else(String::new, |default| format!(" [default: {default}]"));
        let room = Self::SHORT_MAX.saturating_sub(self.short.chars().count());
        format!("{}{}", self.short, if default.chars().count() <= room { &default } else { "" })
    }

    /// Flag of this setting.
    fn arg(&'static self, short: &'static str, long: &'static str) -> Arg {
        let arg = Arg::new(self.id)
            .long(self.name.as_str())
            .value_name(self.placeholder)
            .help(short)
            .long_help(long)
            .help_heading(self.group.heading())
            .hide_short_help(!COMMON.contains(&self.name.as_str()))
            .hide_possible_values(true)
            .value_parser((self.parser)())
            .action(if self.kind == "list" { ArgAction::Append } else { ArgAction::Set });
        match self.shape {
            FlagShape::Plain => arg,
            FlagShape::Hyphenated => arg.allow_hyphen_values(true),
            FlagShape::CommaList => arg.value_delimiter(','),
            FlagShape::Switch => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
        }
    }
}

impl Args for Settings {
    /// Flags of the settings that a verb uses; another command, of an embedder, has all of them.
    fn augment_args(command: Command) -> Command {
        let verb = command.get_name().to_owned();
        let is_used = |setting: &Setting| setting.verbs.contains(&verb.as_str());
        let is_known = SETTINGS.iter().any(is_used);
        let used = FLAGS.iter().filter(|(setting, ..)| !is_known || is_used(setting));
        command.args(used.map(|(setting, short, long)| setting.arg(short, long)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Settings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self::of_flags(matches))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::of_flags(matches).over(std::mem::take(self));
        Ok(())
    }
}

/// Settings from a file and flags, for `#[command(flatten)]` in every verb that takes settings.
///
/// ```
/// use clap::Parser;
/// use tensionmap::unstable::config::SettingsArgs;
///
/// #[derive(Parser)]
/// struct Cli {
///     #[command(flatten)]
///     settings: SettingsArgs,
/// }
///
/// let cli = Cli::parse_from(["map", "--resolution", "7"]);
/// assert_eq!(cli.settings.merged()?.resolution, Some(7));
/// # Ok::<(), tensionmap::unstable::config::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default, Args)]
#[non_exhaustive]
pub struct SettingsArgs {
    /// Settings given as flags.
    #[command(flatten)]
    pub flags: Settings,
    /// Settings file (TOML); flags override it
    #[arg(long, value_name = "FILE", help_heading = "Run", display_order = 0)]
    pub config: Option<PathBuf>,
    /// Print the settings as TOML and stop
    #[arg(
        long,
        action = ArgAction::SetTrue,
        help_heading = "Run",
        display_order = 0,
        long_help = "Print the settings as TOML, with defaults and absolute paths, and stop"
    )]
    pub print_config: bool,
}

impl SettingsArgs {
    /// Settings of the flags over those of the file. Defaults are not filled in: `Builder::build` does that, once.
    ///
    /// # Errors
    /// A settings file that cannot be used.
    pub fn merged(&self) -> Result<Settings, ConfigError> {
        let file = self.config.as_deref().map(Settings::load).transpose()?.unwrap_or_default();
        Ok(self.flags.clone().over(file))
    }
}
