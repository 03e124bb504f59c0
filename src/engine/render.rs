//! Saved layers drawn again.

use std::path::Path;

use serde_json::Value;

use super::Sources;
use super::ready::context_layers_in;
use crate::config::{ConfigError, Plan, Settings};
use crate::error::Error;
use crate::ingest::{Input, Ledger};
use crate::layer::context::Extent;
use crate::layer::{ContextLayer, Layer, Opened};
use crate::output::{self, Manifest, OutputError};

/// The settings that are about showing a layer; the others are about reading reports and scoring them.
const SHOWING: [&str; 16] = [
    "arcgis-names",
    "attribution",
    "classes",
    "context",
    "dpi",
    "fill",
    "geometry",
    "id-column",
    "max-memory",
    "page",
    "palette",
    "picture",
    "projection",
    "select",
    "simplestyle",
    "title",
];

/// Saved layer with settings that change its view and its tables.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rendered {
    /// The layer.
    pub layer: Layer,
    /// Notices of reading and drawing it.
    pub notices: Vec<String>,
    input: Input,
    settings: Settings,
}

impl Opened {
    /// Applies settings; without a setting, the layer stays as it was saved. Layers of context are not saved, and are read again.
    ///
    /// ```
    /// use tensionmap::{Engine, Layer, Settings, sample};
    /// # let folder = std::env::temp_dir().join(format!("tensionmap-show-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let (saved, map) = (folder.join("map.geojson"), folder.join("map.png"));
    /// # let run = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.run()?;
    /// # run.layer.save(&saved)?;
    /// let rates = Layer::open(saved.as_path())?.render(&Settings { fill: Some("rr".into()), ..Settings::default() })?;
    /// rates.layer.save(&map)?;
    /// let later = Layer::open(saved)?.render(&Settings { as_of: Some("2026-01-01".into()), ..Settings::default() });
    /// assert!(later.is_err_and(|error| error.to_string().starts_with("as-of: ")));
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A setting of reading or scoring; a column, a picture or a projection that the layer does not have; a file of context that
    /// cannot be read.
    pub fn render(self, settings: &Settings) -> Result<Rendered, Error> {
        let others = settings.names().into_iter().filter(|name| !SHOWING.contains(&name.as_str()));
        let others: Vec<String> = others.collect();
        if !others.is_empty() {
            return Err(ConfigError::NotShowing { names: others.join(", ") }.into());
        }
        let plan = Plan::try_from(settings)?;
        let Self { mut layer, mut notices, input, .. } = self;
        if settings.title.is_some() {
            layer.set_title(plan.title.clone());
        }
        let mut layout = layer.layout().clone();
        layout.id_column = plan.form.id_column.clone().or(layout.id_column);
        layout.geometry = plan.form.geometry.or(layout.geometry);
        if !plan.form.select.is_empty() {
            layout.select.clone_from(&plan.form.select);
        }
        layout.arcgis_names = settings.arcgis_names.unwrap_or(layout.arcgis_names);
        layout.simplestyle = settings.simplestyle.unwrap_or(layout.simplestyle);
        let is_id = |name: &str| layout.id_column.as_ref().is_some_and(|id| id.eq_ignore_ascii_case(name));
        if let Some(indicator) = layer.indicators().iter().find(|indicator| is_id(&indicator.name)) {
            return Err(ConfigError::IndicatorName { name: indicator.name.clone() }.into());
        }
        layer.set_layout(layout)?;
        let (mut view, saved) = (plan.view(&layer.provenance().breaks), layer.view().clone());
        view.fill = view.fill.or(saved.fill.clone());
        // Saved classes and colours are those of the saved column only.
        if view.fill == saved.fill {
            view.classes = plan.view.classes.clone().or(saved.classes).or(view.classes);
            view.palette = view.palette.or(saved.palette);
        }
        layer.set_view(view)?;
        if plan.context.is_empty() {
            let names: Vec<&str> = layer.provenance().context_layers.iter().map(|about| about.name.as_str()).collect();
            if !names.is_empty() {
                let names = names.join(", ");
                notices.push(format!("drawn without its layers of context; give them again with --context: {names}"));
            }
        } else {
            let context = context_layers_in(&plan, Extent::of(layer.scores().cells.iter().map(|cell| cell.cell)))?;
            notices.extend(context.iter().map(ContextLayer::in_words));
            layer.set_context_layers(context);
        }
        Ok(Rendered { layer, notices, input, settings: settings.clone() })
    }
}

impl Rendered {
    /// Writes the layer to several files, and last of all the manifest: all of them, or none.
    ///
    /// # Errors
    /// The error of the first path that has one; a saved layer or file of context that cannot be read again for its hash.
    pub fn save_all(&self, paths: &[impl AsRef<Path> + Sync], manifest: Option<Manifest>) -> Result<(), OutputError> {
        let mut sources = Sources::new(self.settings.clone());
        sources.add("layer", &self.input);
        let mut manifest = sources.told(manifest, &Ledger::default(), || self.layer.provenance().to_json())?;
        if let Some(Value::Object(settings)) = manifest.as_mut().map(|(_, about)| &mut about.settings) {
            // Settings that were not given are as saved, not the defaults of a run.
            let names = self.settings.names();
            settings.retain(|name, _| names.contains(name));
        }
        output::save_layer(&self.layer, paths, &[], manifest)
    }
}
