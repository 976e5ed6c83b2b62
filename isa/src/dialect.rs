//! Which language a guest speaks: Lua 5.1 to the letter, or with additions. Only the choice is here;
//! each room knows what its additions are.

/// The language of a guest, chosen when it is made. spec.md lists the additions.
///
/// ```
/// use bvm_isa::Dialect;
/// assert_eq!(Dialect::from_name("5.1"), Some(Dialect::Lua51));
/// assert!(Dialect::default().has_additions() && !Dialect::default().has_table_metamethods());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// Nothing but Lua 5.1.
    Lua51,
    /// Lua 5.1 with additions that leave programs of 5.1 alone, as in LuaJIT: `goto`, `bit`, `utf8`…
    #[default]
    Bvm,
    /// The same, and `__pairs`, `__ipairs` and `__len` work on tables, as in Lua 5.2.
    Bvm52,
}

impl Dialect {
    /// All dialects with their names for `bvm --std`.
    pub const NAMES: [(&'static str, Dialect); 3] = [
        ("5.1", Dialect::Lua51),
        ("bvm", Dialect::Bvm),
        ("bvm52", Dialect::Bvm52),
    ];

    /// The dialect of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Dialect> {
        let row = Dialect::NAMES.iter().find(|row| row.0 == name);
        row.map(|row| row.1)
    }

    /// The dialect's number in an image.
    #[must_use]
    pub const fn code(self) -> u32 {
        self as u32
    }

    /// The dialect with this number in an image; the default for a number that has none.
    #[must_use]
    pub const fn from_code(code: u32) -> Dialect {
        match code {
            0 => Dialect::Lua51,
            2 => Dialect::Bvm52,
            _ => Dialect::Bvm,
        }
    }

    /// Whether syntax, functions and arguments that 5.1 does not have are there.
    #[must_use]
    pub const fn has_additions(self) -> bool {
        !matches!(self, Dialect::Lua51)
    }

    /// Whether `__pairs`, `__ipairs` and `__len` of tables are called.
    #[must_use]
    pub const fn has_table_metamethods(self) -> bool {
        matches!(self, Dialect::Bvm52)
    }
}
