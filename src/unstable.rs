//! Stages under public paths, for tests, benches and callers of single stages. Names here may change in any release.
#![allow(missing_docs, reason = "each module has the documentation of its stage")]

pub mod watch {
    pub use crate::watch::*;
}
pub mod memory {
    pub use crate::memory::*;
}
pub mod code {
    pub use crate::code::*;
}
pub mod font {
    pub use crate::font::*;
}
pub mod grid {
    pub use crate::grid::*;
}
pub mod incident {
    pub use crate::incident::*;
}
pub mod format {
    pub use crate::format::*;
}
pub mod ingest {
    pub use crate::ingest::*;
}
pub mod cube {
    pub use crate::cube::*;
}
pub mod polygon {
    pub use crate::polygon::*;
}
pub mod indicator {
    pub use crate::indicator::*;
}
pub mod trend {
    pub use crate::trend::*;
}
pub mod score {
    pub use crate::score::*;
}
pub mod hotspot {
    pub use crate::hotspot::*;
}
pub mod density {
    pub use crate::density::*;
}
pub mod layer {
    pub use crate::layer::*;
}
pub mod disclosure {
    pub use crate::disclosure::*;
}
pub mod output {
    pub use crate::output::*;
}
pub mod config {
    pub use crate::config::*;
}
pub mod error {
    pub use crate::error::*;
}
pub mod engine {
    pub use crate::engine::*;
}
