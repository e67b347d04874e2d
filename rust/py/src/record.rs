//! Frozen records that mirror those of the codec, field by field.

/// No bytes, where a keyword is left out.
pub(crate) const NONE: &[u8] = &[];

/// A field of a record on either side of the border.
pub(crate) trait Convert<T> {
    fn convert(self) -> T;
}

macro_rules! same_on_both_sides {
    ($($type:ty),*) => { $(impl Convert<$type> for $type { fn convert(self) -> $type { self } })* };
}

same_on_both_sides!(u8, u16, u32, bool, String, (u16, u16), (u8, Vec<u8>), [u8; 16], [u8; 32]);

impl<T: Convert<U>, U> Convert<Vec<U>> for Vec<T> {
    fn convert(self) -> Vec<U> {
        self.into_iter().map(Convert::convert).collect()
    }
}

impl<T: Convert<U>, U> Convert<Option<U>> for Option<T> {
    fn convert(self) -> Option<U> {
        self.map(Convert::convert)
    }
}

/// Declares the class `$name` with the fields of the codec's record `$codec`, and both conversions.
macro_rules! record {
    ($(#[$docs:meta])* $name:ident = $codec:ty { $($(#[$about:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$docs])*
        #[pyclass(frozen, get_all, eq, from_py_object, module = "russet._core")]
        #[derive(Clone, PartialEq)]
        #[allow(clippy::struct_field_names, reason = "keywords of the standard")]
        pub(crate) struct $name { $($(#[$about])* pub(crate) $field: $type),* }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let record: $codec = crate::record::Convert::convert(self.clone());
                record.fmt(f)
            }
        }

        impl crate::record::Convert<$name> for $codec {
            fn convert(self) -> $name {
                $name { $($field: crate::record::Convert::convert(self.$field)),* }
            }
        }

        impl crate::record::Convert<$codec> for $name {
            fn convert(self) -> $codec {
                type Record = $codec;
                Record { $($field: crate::record::Convert::convert(self.$field)),* }
            }
        }
    };
}

pub(crate) use record;
