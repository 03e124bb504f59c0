//! Settings as flags of the command line, with help by verb.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::ConfigError;
use super::settings::{SETTINGS, Setting, Settings};
use super::value::FlagShape;

impl Setting {
    /// Flag for a verb. It is hidden from the help of a verb that it does not matter to, and still accepted there.
    fn arg(&'static self, verb: &str) -> Arg {
        let default = self.default.map_or_else(String::new, |default| format!(" [default: {default}]"));
        let is_other = self.verbs.iter().all(|&name| name != verb) && SETTINGS.iter().any(|s| s.verbs.contains(&verb));
        let arg = Arg::new(self.id)
            .long(self.name.as_str())
            .value_name(self.placeholder)
            .help(format!("{}{default}", self.about))
            .help_heading(self.group.heading())
            .hide(is_other)
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
    fn augment_args(command: Command) -> Command {
        let verb = command.get_name().to_owned();
        // In the order of groups, and so of headings.
        let mut settings: Vec<&'static Setting> = SETTINGS.iter().collect();
        settings.sort_by_key(|setting| setting.group);
        command.args(settings.into_iter().map(|setting| setting.arg(&verb)))
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
