//! `render`: a saved layer drawn again, or saved in another format.

use super::embedder::Embedder;
use super::prepare::context_layers;
use super::{Run, Sources};
use crate::config::{ConfigError, Plan, Settings};
use crate::error::Error;
use crate::layer::context::Extent;
use crate::layer::{ContextLayer, Layer, Opened};

impl Opened {
    /// Applies settings to the layer; a setting that is absent keeps its saved value. Context layers are not part of a saved layer
    /// and are read again.
    ///
    /// ```
    /// use tensionmap::{Engine, Layer, Settings, sample};
    /// # let folder = std::env::temp_dir().join(format!("tensionmap-show-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let (saved, map) = (folder.join("map.geojson"), folder.join("map.png"));
    /// # let run = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.run()?;
    /// # run.layer.save(&saved)?;
    /// let run = Layer::open(saved.as_path())?.render(&Settings { fill: Some("rr".into()), ..Settings::default() })?;
    /// run.save(&map)?;
    /// let dated = Settings { as_of: Some("2026-01-01".into()), ..Settings::default() };
    /// let error = Layer::open(saved.as_path())?.render(&dated);
    /// assert!(error.is_err_and(|error| error.to_string().starts_with("as-of: not available with `render`")));
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A setting that is about reading or scoring. A column, a picture or a plane that the layer does not have. A
    /// context file that cannot be read.
    pub fn render(self, settings: &Settings) -> Result<Run<Layer>, Error> {
        let Self { mut layer, mut notices, input } = self;
        let others = settings.present().filter(|setting| !setting.verbs.contains(&"render"));
        let mut others: Vec<&str> = others.map(|setting| setting.name.as_str()).collect();
        others.sort_unstable();
        if !others.is_empty() {
            return Err(ConfigError::NotShowing { names: others.join(", ") }.into());
        }
        let plan = Plan::try_from(settings)?;
        if settings.title.is_some() {
            layer.set_title(plan.title.clone());
        }
        let mut layout = layer.layout().clone();
        layout.id_column = plan.layout.id_column.clone().or(layout.id_column);
        layout.geometry = plan.layout.geometry.or(layout.geometry);
        if settings.id_type.is_some() {
            layout.id_type = plan.layout.id_type;
        }
        if !plan.layout.select.is_empty() {
            layout.select.clone_from(&plan.layout.select);
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
        // Classes and colours of the score, with which it was saved, are those of no other column.
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
            let context = context_layers(&plan, Extent::of(layer.scores().cells.iter().map(|cell| cell.cell)))?;
            notices.extend(context.iter().map(ContextLayer::describe));
            layer.set_context_layers(context);
        }
        let mut sources = Sources::new(settings.clone(), plan.view.fonts);
        sources.add("layer", &input);
        Ok(Run::new(layer, Default::default(), notices, plan.max_rejects, sources, Embedder::default()))
    }
}
