//! The macro that declares settings.

/// Declares settings, and the struct that has their values.
///
/// Each setting is a field: its documentation is the purpose of the setting, also in `docs/`.
/// `form` is the `Form` of its values. A default in words is followed by `=>` and the value, which
/// may use the fields above it and the reader. After `and` stand fields that are no settings.
macro_rules! settings {
    (
        $(#[$meta:meta])*
        $Group:ident, read by $reader:ident:
        $(
            $(#[doc = $doc:literal])+
            $field:ident: $type:ty = $NAME:ident {
                name: $name:literal,
                $(alias: $alias:literal,)?
                $(flag: $flag:literal,)?
                default: $default:literal $(=> $otherwise:expr)?,
                form: $form:expr,
            }
        )+
        $(and $( $(#[$other_meta:meta])* $visible:vis $other:ident: $other_type:ty = $made:expr, )+ )?
    ) => {
        $(
            pub(super) static $NAME: $crate::config::setting::Setting<$type> = {
                const FORM: $crate::config::setting::Form<$type> = $form;
                $crate::config::setting::Setting {
                    about: $crate::config::setting::About {
                        name: $name,
                        alias: settings!(@optional $($alias)?),
                        flag: settings!(@optional $($flag)?),
                        default: settings!(@default $default $(, $otherwise)?),
                        kind: FORM.kind,
                        form: FORM.words,
                        doc: concat!($($doc),+),
                        secret: FORM.secret,
                    },
                    parse: FORM.parse,
                    show: FORM.show,
                }
            };
        )+

        $(#[$meta])*
        pub struct $Group {
            $( $(#[doc = $doc])+ pub $field: $type, )+
            $($( $(#[$other_meta])* $visible $other: $other_type, )+)?
        }

        impl $Group {
            /// The settings, in the order in which `guestlist config` shows them.
            pub(super) const ABOUT: &[&$crate::config::setting::About] = &[$(&$NAME.about),+];

            /// Makes the values from what all places say.
            pub(super) fn read(
                $reader: &mut $crate::config::reader::Reader,
            ) -> Result<Self, $crate::config::error::SettingsError> {
                $( let $field = settings!(@value $reader, $NAME $(, $otherwise)?); )+
                Ok(Self { $($field,)+ $($( $other: $made, )+)? })
            }

            /// Returns each setting with its value as text.
            pub(super) fn shown(&self) -> Vec<(&'static $crate::config::setting::About, String)> {
                vec![$( (&$NAME.about, $NAME.shown(&self.$field)) ),+]
            }
        }
    };
    (@optional) => { None };
    (@optional $value:literal) => { Some($value) };
    (@default $text:literal) => { $crate::config::setting::DefaultValue::Text($text) };
    (@default $words:literal, $otherwise:expr) => {
        $crate::config::setting::DefaultValue::Words($words)
    };
    (@value $reader:ident, $NAME:ident) => { $reader.value(&$NAME)? };
    (@value $reader:ident, $NAME:ident, $otherwise:expr) => {
        match $reader.chosen(&$NAME)? {
            Some(chosen) => chosen,
            None => $otherwise,
        }
    };
}
pub(super) use settings;
