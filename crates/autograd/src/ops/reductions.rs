//! The forms of a reduction.

/// Three methods of [`Var`](crate::Var) from one op over axes that are dropped: over all elements (documented by the
/// caller), over some axes, over some axes that keep extent 1. The op has the fields `axes` and the settings.
macro_rules! reductions {
    ($(
        $(#[$attribute:meta])*
        $all:ident $dropped:ident $kept:ident ($($setting:ident: $type:ty),*) = $op:ident,
        panics $panics:literal;
    )*) => {
        impl<T: gradus_tensor::Real> crate::Var<'_, T> {$(
            $(#[$attribute])*
            #[track_caller]
            pub fn $all(self, $($setting: $type),*) -> Self {
                let axes = $crate::ops::Axes::all(self.rank());
                self.tape.apply($op { axes, $($setting),* }, [self])
            }

            #[doc = concat!("[`", stringify!($all), "`](Self::", stringify!($all), ") over the given axes, which are ")]
            /// dropped from the shape.
            ///
            /// # Panics
            #[doc = $panics]
            #[track_caller]
            pub fn $dropped(self, axes: &[usize], $($setting: $type),*) -> Self {
                self.tape.apply($op { axes: axes.into(), $($setting),* }, [self])
            }

            #[doc = concat!("[`", stringify!($all), "`](Self::", stringify!($all), ") over the given axes, which are ")]
            /// kept with extent 1.
            ///
            /// # Panics
            #[doc = $panics]
            #[track_caller]
            pub fn $kept(self, axes: &[usize], $($setting: $type),*) -> Self {
                let shape = self.shape();
                self.$dropped(axes, $($setting),*).reshape($crate::ops::sum::kept(shape, axes))
            }
        )*}
    };
}
pub(super) use reductions;
