//! Protocol buffers in their text format, read without a schema.

use std::fmt;

/// The fields of a message, in the order in which they were written.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Message {
    fields: Vec<(String, Value)>,
}

/// What stands behind the name of a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A quoted text, its escapes resolved.
    Text(Vec<u8>),
    /// A number, or the name of a constant.
    Word(String),
    Message(Message),
}

/// Where a text ceases to be one in this format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextProtoError {
    line: usize,
    expected: &'static str,
}

impl fmt::Display for TextProtoError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: expected {}", self.line, self.expected)
    }
}

impl std::error::Error for TextProtoError {}

impl Message {
    pub(crate) fn all<'m>(&'m self, name: &'m str) -> impl Iterator<Item = &'m Value> {
        let named = self.fields.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value)
    }

    pub(crate) fn messages<'m>(&'m self, name: &'m str) -> impl Iterator<Item = &'m Message> {
        self.all(name).filter_map(|value| match value {
            Value::Message(message) => Some(message),
            _ => None,
        })
    }

    pub(crate) fn message<'m>(&'m self, name: &'m str) -> Option<&'m Message> {
        self.messages(name).next()
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.all(name).find_map(|value| match value {
            Value::Text(text) => String::from_utf8(text.clone()).ok(),
            _ => None,
        })
    }

    pub(crate) fn word<'m>(&'m self, name: &'m str) -> Option<&'m str> {
        self.all(name).find_map(|value| match value {
            Value::Word(word) => Some(word.as_str()),
            _ => None,
        })
    }

    /// Its first field.
    pub(crate) fn first(&self) -> Option<(&str, &Value)> {
        let first = self.fields.first()?;
        Some((&first.0, &first.1))
    }
}

/// Reads a message.
pub(crate) fn parse(text: &str) -> Result<Message, TextProtoError> {
    let mut reader = Reader { text, at: 0 };
    let message = reader.message(None)?;
    Ok(message)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn fail<T>(&self, expected: &'static str) -> Result<T, TextProtoError> {
        let line = self.text[..self.at].matches('\n').count() + 1;
        Err(TextProtoError { line, expected })
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// The next significant character, without taking it.
    fn peek(&mut self) -> Option<char> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !self.rest().starts_with('#') {
                return self.rest().chars().next();
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    /// The fields up to `end`, or to the end of the text.
    fn message(&mut self, end: Option<char>) -> Result<Message, TextProtoError> {
        let mut message = Message::default();
        loop {
            match (self.peek(), end) {
                (None, None) => return Ok(message),
                (None, Some(_)) => return self.fail("the end of a message"),
                (found, Some(_)) if found == end => {
                    self.at += 1;
                    return Ok(message);
                }
                _ => self.field(&mut message)?,
            }
            let _ = self.take(',') || self.take(';');
        }
    }

    fn field(&mut self, into: &mut Message) -> Result<(), TextProtoError> {
        let name = match self.take('[') {
            true => self.until(']')?,
            false => self.run("the name of a field")?,
        };
        let _ = self.take(':');
        if self.take('[') {
            while !self.take(']') {
                let value = self.value()?;
                into.fields.push((name.clone(), value));
                let _ = self.take(',');
            }
            return Ok(());
        }
        let value = self.value()?;
        into.fields.push((name, value));
        Ok(())
    }

    fn value(&mut self) -> Result<Value, TextProtoError> {
        match self.peek() {
            Some('{') => {
                self.at += 1;
                self.message(Some('}')).map(Value::Message)
            }
            Some('<') => {
                self.at += 1;
                self.message(Some('>')).map(Value::Message)
            }
            Some('"' | '\'') => {
                let mut text = Vec::new();
                while let Some(quote @ ('"' | '\'')) = self.peek() {
                    self.at += 1;
                    self.quoted(quote, &mut text)?;
                }
                Ok(Value::Text(text))
            }
            _ => self.run("a value").map(Value::Word),
        }
    }

    fn until(&mut self, end: char) -> Result<String, TextProtoError> {
        match self.rest().find(end) {
            Some(length) => {
                let found = self.rest()[..length].trim().to_owned();
                self.at += length + end.len_utf8();
                Ok(found)
            }
            None => self.fail("the end of a name"),
        }
    }

    /// A run of the characters of names and numbers.
    fn run(&mut self, expected: &'static str) -> Result<String, TextProtoError> {
        let _ = self.peek();
        let plain = |c: char| c.is_ascii_alphanumeric() || "_+-.".contains(c);
        let rest = self.rest();
        let length = rest.find(|c| !plain(c)).unwrap_or(rest.len());
        if length == 0 {
            return self.fail(expected);
        }
        let run = rest[..length].to_owned();
        self.at += length;
        Ok(run)
    }

    fn quoted(&mut self, quote: char, into: &mut Vec<u8>) -> Result<(), TextProtoError> {
        loop {
            let Some(next) = self.rest().chars().next() else {
                return self.fail("the end of a quoted text");
            };
            self.at += next.len_utf8();
            match next {
                '\\' => self.escape(into)?,
                next if next == quote => return Ok(()),
                next => into.extend(next.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
    }

    fn escape(&mut self, into: &mut Vec<u8>) -> Result<(), TextProtoError> {
        let Some(sign) = self.rest().chars().next() else {
            return self.fail("an escape");
        };
        if sign.is_digit(8) {
            let code = self.digits(8, 3)?;
            into.push((code & 0xff) as u8);
            return Ok(());
        }
        self.at += sign.len_utf8();
        match sign {
            'a' => into.push(0x07),
            'b' => into.push(0x08),
            'f' => into.push(0x0c),
            'n' => into.push(b'\n'),
            'r' => into.push(b'\r'),
            't' => into.push(b'\t'),
            'v' => into.push(0x0b),
            'x' | 'X' => {
                let code = self.digits(16, 2)?;
                into.push((code & 0xff) as u8);
            }
            'u' | 'U' => {
                let code = self.digits(16, if sign == 'u' { 4 } else { 8 })?;
                match char::from_u32(code) {
                    Some(decoded) => into.extend(decoded.encode_utf8(&mut [0; 4]).bytes()),
                    None => return self.fail("a code point"),
                }
            }
            '\\' | '\'' | '"' | '?' => into.push(sign as u8),
            _ => return self.fail("an escape"),
        }
        Ok(())
    }

    fn digits(&mut self, radix: u32, most: usize) -> Result<u32, TextProtoError> {
        let digits: String = self
            .rest()
            .chars()
            .take(most)
            .take_while(|digit| digit.is_digit(radix))
            .collect();
        self.at += digits.len();
        match u32::from_str_radix(&digits, radix) {
            Ok(code) => Ok(code),
            Err(_) => self.fail("digits"),
        }
    }
}
