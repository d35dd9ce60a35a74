use crate::{
    schema::listed,
    syntax::{Comparator, MAX_BYTES, MAX_DEPTH, MAX_TERMS},
};

/// Characters of somebody's text that a message repeats.
const SHOWN: usize = 40;

/// Why a text is no filter, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {fault}")]
pub struct Error {
    /// Offset of the place in bytes, from 0.
    pub byte: usize,
    /// Column of the place in characters from the beginning of the filter, from 1.
    pub column: usize,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The text is too long.
    #[error("a filter has at most {MAX_BYTES} bytes, and this one has {bytes}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Brackets in brackets in brackets.
    #[error("brackets nest at most {MAX_DEPTH} deep")]
    TooDeep,
    /// Too much is asked at once.
    #[error("a filter has at most {MAX_TERMS} comparisons and words")]
    TooManyTerms,
    /// No database keeps this character.
    #[error("text cannot hold the character U+0000")]
    Nul,
    /// A quoted string has no end.
    #[error("the string that begins here has no end")]
    OpenString,
    /// A backslash before a character that needs none.
    #[error(r#"`\{character}` is no escape: there are \" \' \\ \* \n \r \t"#)]
    Escape {
        /// What follows the backslash.
        character: char,
    },
    /// Something else must stand here.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What may stand here.
        expected: &'static str,
        /// What does.
        found: String,
    },
    /// `NOT(a)` and `a AND(b)` read as calls of functions.
    #[error("a space must follow `{keyword}`")]
    Glued {
        /// The operator.
        keyword: String,
    },
    /// The list has no such field.
    #[error("unknown field `{name}`: there are {}", listed(known))]
    UnknownField {
        /// Name as written.
        name: String,
        /// All there are, the most alike first.
        known: Vec<String>,
    },
    /// A path leads into a field that has no parts.
    #[error("`{field}` is {kind}: it has no `{part}`{}", help_with_map(kind))]
    NoPart {
        /// The field.
        field: &'static str,
        /// What it is.
        kind: String,
        /// The rest of the path.
        part: String,
    },
    /// There is no such function.
    #[error("unknown function `{name}`: there are {}", listed(known))]
    UnknownFunction {
        /// Name as written.
        name: String,
        /// All there are, the most alike first.
        known: Vec<String>,
    },
    /// A function is given something else than it takes.
    #[error("`{function}` takes {expected}")]
    Arguments {
        /// The function.
        function: &'static str,
        /// What it takes.
        expected: &'static str,
    },
    /// An enumerated field has no such word.
    #[error("`{field}` is never `{word}`: there are {}", listed(known))]
    UnknownWord {
        /// The field.
        field: &'static str,
        /// Word as written.
        word: String,
        /// All there are, the most alike first.
        known: Vec<String>,
    },
    /// A field is compared with what it cannot be.
    #[error("`{field}` is compared with {expected}, found {found}")]
    Operand {
        /// The field.
        field: &'static str,
        /// What it can be compared with.
        expected: &'static str,
        /// What it is compared with.
        found: String,
    },
    /// A field cannot be compared so.
    #[error("`{field}` is {kind}: it is asked with {allowed}, not with `{comparator}`")]
    Comparator {
        /// The field.
        field: &'static str,
        /// What it is.
        kind: String,
        /// How it is asked.
        allowed: &'static str,
        /// How it was.
        comparator: Comparator,
    },
    /// No field is declared for words that stand alone.
    #[error("expected a comparison such as `field = value`: words alone are not searched for here")]
    NotSearched,
}

/// A fault with its offset in a text that is not at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misplaced {
    byte: usize,
    fault: Fault,
}

impl Fault {
    pub(crate) fn at(self, byte: usize) -> Misplaced {
        Misplaced { byte, fault: self }
    }
}

impl Misplaced {
    pub(crate) fn in_text(self, text: &str) -> Error {
        let before = |(byte, _): &(usize, char)| *byte < self.byte;
        Error {
            byte: self.byte,
            column: text.char_indices().take_while(before).count() + 1,
            fault: self.fault,
        }
    }
}

fn help_with_map(kind: &str) -> &'static str {
    if kind.starts_with("a map") {
        "; quote a key with dots, such as map.\"a.b\""
    } else {
        ""
    }
}

/// Text as a message repeats it: not longer than need be.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Known names, those most like `wrong` first.
pub(crate) fn nearest_first<'n>(
    wrong: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Vec<String> {
    let mut known: Vec<String> = known.into_iter().map(str::to_owned).collect();
    let wrong = shown(wrong).to_lowercase();
    known.sort_by_cached_key(|name| strsim::damerau_levenshtein(&wrong, &name.to_lowercase()));
    known
}
