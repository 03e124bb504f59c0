//! A saved layer, shown another way.

use std::path::Path;

use super::Sources;
use super::ready::context_layers_in;
use crate::config::{ConfigError, Plan, Settings};
use crate::error::Error;
use crate::ingest::Ledger;
use crate::layer::context::Extent;
use crate::layer::{ContextLayer, Opened};
use crate::output::{self, Manifest, OutputError};

impl Opened {
    /// Shows the layer as these settings say; where they are silent, as it was saved. What is drawn under and over the cells is no part
    /// of a saved layer, and is read again.
    ///
    /// ```
    /// use tensionmap::{Engine, Layer, Settings, sample};
    /// # let folder = std::env::temp_dir().join(format!("tensionmap-show-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let (saved, map) = (folder.join("map.geojson"), folder.join("map.png"));
    /// # let run = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.run()?;
    /// # run.layer.save(&saved)?;
    /// let mut opened = Layer::open(saved.as_path())?;
    /// opened.show(&Settings { fill: Some("rr".into()), ..Settings::default() })?;
    /// opened.layer.save(&map)?;
    /// let error = opened.show(&Settings { as_of: Some("2026-01-01".into()), ..Settings::default() });
    /// assert!(error.is_err_and(|error| error.to_string().starts_with("as-of: not available with `render`")));
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A setting that is about reading or scoring; a column, a picture or a plane that the layer does not have; a file of context
    /// that cannot be read.
    pub fn show(&mut self, settings: &Settings) -> Result<(), Error> {
        let others = settings.present().filter(|setting| !setting.verbs.contains(&"render"));
        let mut others: Vec<&str> = others.map(|setting| setting.name.as_str()).collect();
        others.sort_unstable();
        if !others.is_empty() {
            return Err(ConfigError::NotShowing { names: others.join(", ") }.into());
        }
        let plan = Plan::try_from(settings)?;
        let layer = &mut self.layer;
        if settings.title.is_some() {
            layer.set_title(plan.title.clone());
        }
        let mut form = layer.form().clone();
        form.id_column = plan.form.id_column.clone().or(form.id_column);
        form.geometry = plan.form.geometry.or(form.geometry);
        if !plan.form.select.is_empty() {
            form.select.clone_from(&plan.form.select);
        }
        form.arcgis_names = settings.arcgis_names.unwrap_or(form.arcgis_names);
        form.simplestyle = settings.simplestyle.unwrap_or(form.simplestyle);
        let is_id = |name: &str| form.id_column.as_ref().is_some_and(|id| id.eq_ignore_ascii_case(name));
        if let Some(indicator) = layer.indicators().iter().find(|indicator| is_id(&indicator.name)) {
            return Err(ConfigError::IndicatorName { name: indicator.name.clone() }.into());
        }
        layer.set_form(form)?;
        self.shown = settings.clone();
        let (mut view, held) = (plan.view(&layer.provenance().breaks), layer.view().clone());
        view.fill = view.fill.or(held.fill.clone());
        // Classes and colours of the score, with which it was saved, are those of no other column.
        if view.fill == held.fill {
            view.classes = plan.view.classes.clone().or(held.classes).or(view.classes);
            view.palette = view.palette.or(held.palette);
        }
        layer.set_view(view)?;
        if plan.context.is_empty() {
            let names = layer.provenance().context_layers.iter().map(|about| about.name.as_str());
            let names: Vec<&str> = names.collect();
            if !names.is_empty() {
                let names = names.join(", ");
                self.notices
                    .push(format!("drawn without its layers of context; give them again with --context: {names}"));
            }
            return Ok(());
        }
        let context = context_layers_in(&plan, Extent::of(layer.scores().cells.iter().map(|cell| cell.cell)))?;
        self.notices.extend(context.iter().map(ContextLayer::in_words));
        layer.set_context_layers(context);
        Ok(())
    }

    /// Writes the layer to several files, and last of all the manifest: all of them, or none.
    ///
    /// # Errors
    /// That of the first path that has one; the saved layer, or a file of context, that cannot be read a second time, for its hash.
    pub fn save_all(&self, paths: &[impl AsRef<Path> + Sync], manifest: Option<Manifest>) -> Result<(), OutputError> {
        let mut sources = Sources::new(self.shown.clone());
        sources.add("layer", &self.input);
        let told = sources.told(manifest, &Ledger::default(), || self.layer.provenance().to_json())?;
        output::save_layer(&self.layer, paths, &[], told)
    }
}
