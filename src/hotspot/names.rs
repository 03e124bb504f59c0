//! Shared code of option types: names of enums, and defaults.

/// `ALL`, `id` and `FromStr` of an enum, from the name of each variant and other names of it.
macro_rules! names {
    ($type:ident as $what:literal: $($variant:ident $id:literal $(| $other:literal)*),+) => {
        impl $type {
            /// Every value, in the order of the help.
            pub const ALL: [Self; [$($id),+].len()] = [$(Self::$variant),+];

            /// The name used in settings and outputs.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)+ }
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::invalid::InvalidValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::invalid::named($what, text, [$(($id, Self::$variant) $(, ($other, Self::$variant))*),+])
            }
        }
    };
}

/// `Default` of types with a constant `DEFAULT`.
macro_rules! defaults {
    ($($type:ident)+) => {$(
        impl Default for $type {
            fn default() -> Self {
                Self::DEFAULT
            }
        }
    )+};
}

pub(super) use {defaults, names};
