//! Layout of tables, from settings.

use super::Settings;
use crate::invalid::InvalidValue;
use crate::layer::{TableLayout, is_taken};
use crate::score::columns::H3;

/// Layout of tables.
pub(super) fn form(settings: &Settings) -> Result<TableLayout, InvalidValue> {
    if let Some(name) = &settings.id_column
        && (name.is_empty() || name.chars().any(char::is_control) || is_taken(name) && name != H3.name)
    {
        return Err(InvalidValue::bare("id-column", name, "a name that no other column has, such as hex_id"));
    }
    Ok(TableLayout {
        id_column: settings.id_column.clone(),
        select: settings.select.clone(),
        arcgis_names: settings.arcgis_names.unwrap_or_default(),
        simplestyle: settings.simplestyle.unwrap_or_default(),
        geometry: settings.geometry.as_deref().map(str::parse).transpose()?,
    })
}
