//! Text of CEL: every literal escaped, brackets where they are needed, one layout for one tree.

use std::fmt::Write;

/// Widest line that is not broken.
const WIDTH: usize = 100;

/// A condition on its way to text.
#[derive(Debug, Clone)]
pub(super) enum Cel {
    /// Binds tightest: a call.
    Call(String),
    /// `a == b`, `a in b`
    Relation(String),
    Not(Box<Cel>),
    Join(Joint, Vec<Cel>),
    /// `head body tail`, such as `lines.exists(line, ` … `)`; a relation when something is compared
    /// behind it.
    Macro {
        head: String,
        body: Box<Cel>,
        tail: String,
        relation: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    And,
    Or,
    /// `!=` between truths: true when an odd number of them is.
    Xor,
}

/// How tightly a form binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    Relation,
    Unary,
}

impl Cel {
    /// Joins conditions; one alone is itself, and a join within its like is one list.
    pub(super) fn join(joint: Joint, parts: Vec<Self>) -> Self {
        let mut joined = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::Join(inner, parts) if inner == joint => joined.extend(parts),
                part => joined.push(part),
            }
        }
        if joined.len() == 1 {
            return joined.remove(0);
        }
        Self::Join(joint, joined)
    }

    pub(super) fn negate(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Writes it out, in lines where one would be too wide.
    pub(super) fn layout(&self) -> String {
        self.write(0)
    }

    fn binding(&self) -> Binding {
        match self {
            Self::Join(Joint::Or, _) => Binding::Or,
            Self::Join(Joint::And, _) => Binding::And,
            Self::Join(Joint::Xor, _) | Self::Relation(_) => Binding::Relation,
            Self::Macro { relation: true, .. } => Binding::Relation,
            Self::Not(_) | Self::Call(_) | Self::Macro { .. } => Binding::Unary,
        }
    }

    fn write(&self, indent: usize) -> String {
        let flat = self.flat();
        if indent + flat.chars().count() <= WIDTH {
            return flat;
        }
        match self {
            Self::Join(joint, parts) => {
                let parts: Vec<_> = parts
                    .iter()
                    .map(|part| part.bracketed(joint.needs(), indent))
                    .collect();
                parts.join(&format!("{}{} ", line(indent), joint.sign()))
            }
            Self::Not(inner) => format!("!{}", inner.bracketed(Binding::Unary, indent)),
            Self::Macro {
                head, body, tail, ..
            } => {
                let body = body.write(indent + 2);
                let (head, open, close) = (head.trim_end(), line(indent + 2), line(indent));
                format!("{head}{open}{body}{close}{tail}")
            }
            Self::Call(_) | Self::Relation(_) => flat,
        }
    }

    fn bracketed(&self, needed: Binding, indent: usize) -> String {
        if self.binding() >= needed {
            return self.write(indent);
        }
        let flat = self.flat();
        if indent + flat.chars().count() + 2 <= WIDTH {
            return format!("({flat})");
        }
        let inner = self.write(indent + 2);
        format!("({}{inner}{})", line(indent + 2), line(indent))
    }

    fn flat(&self) -> String {
        let bracketed = |part: &Self, needed| match part.binding() >= needed {
            true => part.flat(),
            false => format!("({})", part.flat()),
        };
        match self {
            Self::Call(text) | Self::Relation(text) => text.clone(),
            Self::Not(inner) => format!("!{}", bracketed(inner, Binding::Unary)),
            Self::Join(joint, parts) => {
                let parts: Vec<_> = parts
                    .iter()
                    .map(|part| bracketed(part, joint.needs()))
                    .collect();
                parts.join(&format!(" {} ", joint.sign()))
            }
            Self::Macro {
                head, body, tail, ..
            } => format!("{head}{}{tail}", body.flat()),
        }
    }
}

impl Joint {
    const fn sign(self) -> &'static str {
        match self {
            Self::And => "&&",
            Self::Or => "||",
            Self::Xor => "!=",
        }
    }

    /// How tightly a part must bind to stand without brackets.
    const fn needs(self) -> Binding {
        match self {
            Self::Or => Binding::And,
            Self::And => Binding::Relation,
            Self::Xor => Binding::Unary,
        }
    }
}

fn line(indent: usize) -> String {
    format!("\n{:indent$}", "")
}

/// A text as one literal of CEL. What cannot be seen, or turns the reading direction, is written
/// by its number.
pub(super) fn text(value: &str) -> String {
    let mut literal = String::with_capacity(value.len() + 2);
    literal.push('"');
    for character in value.chars() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            hidden if is_hidden(hidden) => {
                let number = u32::from(hidden);
                let _ = match number {
                    0..0x1_0000 => write!(literal, "\\u{number:04x}"),
                    _ => write!(literal, "\\U{number:08x}"),
                };
            }
            character => literal.push(character),
        }
    }
    literal.push('"');
    literal
}

/// Whether nobody sees a character, or sees by it what does not stand there: control characters,
/// marks of direction, separators of lines, and blanks without width.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}
