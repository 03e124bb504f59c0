//! Settings as flags of the command line, with help by verb.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::ConfigError;
use super::settings::{SETTINGS, Setting, Settings};
use super::value::FlagShape;

/// Settings with their help, in the order of groups and so of headings. Made once, not once a verb.
static FLAGS: LazyLock<Vec<(&Setting, String)>> = LazyLock::new(|| {
    let help = |setting: &Setting| match setting.default {
        Some(default) => format!("{} [default: {default}]", setting.about),
        None => setting.about.to_owned(),
    };
    let mut flags: Vec<_> = SETTINGS.iter().map(|setting| (setting, help(setting))).collect();
    flags.sort_by_key(|(setting, _)| setting.group);
    flags
});

impl Setting {
    /// Flag of this setting, hidden from help or not.
    fn arg(&'static self, help: &'static str, hidden: bool) -> Arg {
        let arg = Arg::new(self.id)
            .long(self.name.as_str())
            .value_name(self.placeholder)
            .help(help)
            .help_heading(self.group.heading())
            .hide(hidden)
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
    /// Flags for a verb. Those that do not matter to it are hidden from its help, and still accepted there.
    fn augment_args(command: Command) -> Command {
        let verb = command.get_name().to_owned();
        let matters = |setting: &Setting| setting.verbs.contains(&verb.as_str());
        // A command outside the table, of an embedder, has all of them in its help.
        let hides = SETTINGS.iter().any(matters);
        command.args(FLAGS.iter().map(|(setting, help)| setting.arg(help, hides && !matters(setting))))
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
    /// Settings file (TOML); flags override it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print the settings as TOML, with defaults and absolute paths, and stop
    #[arg(long, action = ArgAction::SetTrue)]
    pub print_config: bool,
    /// Settings given as flags.
    #[command(flatten)]
    pub flags: Settings,
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
