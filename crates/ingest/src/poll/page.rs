//! From page to page.

use url::Url;

use super::answer::Sight;
use super::{Answered, Failure, FailureKind, Polling, link};
use crate::connector::Pages;
use crate::mapping::Expression;

/// A place in a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Place {
    /// Which answer of the window it is, from 1.
    pub(super) number: u32,
    pub(super) page: Option<i64>,
    pub(super) offset: Option<i64>,
    pub(super) size: Option<i64>,
    pub(super) token: Option<String>,
    pub(super) link: Option<Url>,
    /// Whether the answer is only asked for the number of records.
    pub(super) is_probe: bool,
}

/// What an answer held, as far as it leads to the next.
pub(super) struct Read<'a> {
    pub(super) records: usize,
    /// Records of the window so far, these included.
    pub(super) so_far: usize,
    pub(super) url: &'a Url,
    pub(super) answer: &'a Answered,
    pub(super) sight: &'a Sight,
}

impl Place {
    /// Returns the first place of a list.
    pub(super) fn first(pages: &Pages) -> Self {
        let first = Self {
            number: 1,
            ..Self::default()
        };
        match pages {
            Pages::Numbered {
                first: page,
                size,
                last_first,
                ..
            } => Self {
                page: Some(*page),
                size: *size,
                is_probe: *last_first,
                ..first
            },
            Pages::Offset { size, .. } => Self {
                offset: Some(0),
                size: Some(*size),
                ..first
            },
            Pages::Single | Pages::Cursor { .. } | Pages::Link | Pages::NextLink { .. } => first,
        }
    }

    /// Decides what comes after an answer; none at the end.
    pub(super) fn next(
        &self,
        task: &Polling<'_>,
        read: &Read<'_>,
    ) -> Result<Option<Self>, Failure> {
        let asked = Asked {
            task,
            place: self,
            read,
        };
        let number = self.number + 1;
        Ok(match &task.poll.pages {
            Pages::Single => None,
            Pages::Numbered {
                first,
                size,
                total: Some(total),
                last_first: true,
                ..
            } => asked.earlier_page(*first, size.unwrap_or(1), total)?,
            Pages::Numbered {
                first,
                size,
                more,
                total,
                ..
            } => {
                let read_before = |size: i64| (self.page.unwrap_or(*first) - first + 1) * size;
                let seen = size.map(read_before);
                let has_more = asked.has_more(*size, more.as_ref(), (total.as_ref(), seen))?;
                has_more.then(|| Self {
                    number,
                    page: self.page.map(|page| page + 1),
                    ..self.clone()
                })
            }
            Pages::Offset { size, more, total } => {
                let seen = self.offset.unwrap_or(0) + size;
                let total = (total.as_ref(), Some(seen));
                let has_more = asked.has_more(Some(*size), more.as_ref(), total)?;
                has_more.then(|| Self {
                    number,
                    offset: Some(seen),
                    ..self.clone()
                })
            }
            Pages::Cursor { next, more } => {
                let goes_on = match more {
                    Some(more) => asked.truth(more)?,
                    None => true,
                };
                let token = if goes_on { asked.text(next)? } else { None };
                token.map(|token| Self {
                    number,
                    token: Some(token),
                    ..self.clone()
                })
            }
            Pages::Link => {
                let header = read.answer.header("link").and_then(link::next);
                self.linked(header, read)?
            }
            Pages::NextLink { next } => self.linked(asked.text(next)?.as_deref(), read)?,
        })
    }

    /// Returns the place of the next answer where only its number tells it apart.
    pub(super) fn following(&self) -> Self {
        Self {
            number: self.number + 1,
            ..self.clone()
        }
    }

    fn linked(&self, target: Option<&str>, read: &Read<'_>) -> Result<Option<Self>, Failure> {
        let Some(target) = target else {
            return Ok(None);
        };
        Ok(Some(Self {
            number: self.number + 1,
            link: Some(link::followed(target, read.url)?),
            ..self.clone()
        }))
    }

    /// Returns what tells this place apart from those where the list has been.
    pub(super) fn token(&self) -> Option<String> {
        let link = self.link.as_ref().map(ToString::to_string);
        link.or_else(|| self.token.clone())
    }
}

/// What is asked of an answer.
struct Asked<'a> {
    task: &'a Polling<'a>,
    place: &'a Place,
    read: &'a Read<'a>,
}

impl Asked<'_> {
    /// Goes from the last page to the first: what is added or moves to the end meanwhile
    /// shifts no record to a page that was already read.
    fn earlier_page(
        &self,
        first: i64,
        size: i64,
        total: &Expression,
    ) -> Result<Option<Place>, Failure> {
        let page = if self.place.is_probe {
            let total = self.whole(total)?;
            first + (total + size - 1).div_euclid(size) - 1
        } else {
            self.place.page.unwrap_or(first) - 1
        };
        Ok((page >= first).then(|| Place {
            number: self.place.number + 1,
            page: Some(page),
            is_probe: false,
            ..self.place.clone()
        }))
    }

    fn has_more(
        &self,
        size: Option<i64>,
        more: Option<&Expression>,
        (total, seen): (Option<&Expression>, Option<i64>),
    ) -> Result<bool, Failure> {
        let records = i64::try_from(self.read.records).unwrap_or(i64::MAX);
        if let Some(more) = more {
            return self.truth(more);
        }
        if records == 0 {
            return Ok(false);
        }
        if let Some(total) = total {
            let so_far = i64::try_from(self.read.so_far).unwrap_or(i64::MAX);
            return Ok(seen.unwrap_or(so_far) < self.whole(total)?);
        }
        Ok(size.is_none_or(|size| records >= size))
    }

    fn truth(&self, expression: &Expression) -> Result<bool, Failure> {
        let scope = self.read.sight.scope(self.task, self.place);
        let truth = self.task.connector.truth(expression, &scope);
        truth.map_err(|error| unlike(expression, &error))
    }

    fn text(&self, expression: &Expression) -> Result<Option<String>, Failure> {
        let scope = self.read.sight.scope(self.task, self.place);
        let text = self.task.connector.text(expression, &scope);
        text.map_err(|error| unlike(expression, &error))
    }

    fn whole(&self, expression: &Expression) -> Result<i64, Failure> {
        let text = self.text(expression)?.unwrap_or_default();
        let number = text.parse::<i64>().ok().filter(|number| *number >= 0);
        number.ok_or_else(|| unlike(expression, "expected the number of records"))
    }
}

/// Says that an answer is not as the document describes it.
pub(super) fn unlike(expression: &Expression, error: &str) -> Failure {
    let message = format!(
        "the answer is not as described: {}: {}",
        expression.path(),
        crate::mapping::mask_text(error)
    );
    Failure::new(FailureKind::Answer, message)
}
