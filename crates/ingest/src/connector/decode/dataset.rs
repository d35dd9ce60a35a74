//! Datasets: what feeds them, and which facts their records give.

use std::sync::Arc;

use super::super::{Feed, Origin};
use crate::mapping::decode::{Decoder, DefaultRevision, Entries};
use crate::mapping::document::{Content, Entry, Node};
use crate::mapping::{Dataset, Encoding, Facts, Format, Place, nearest};

/// What may feed a dataset.
const ORIGINS: [&str; 4] = ["file", "poll", "query", "webhook"];

/// Everything under `datasets`.
#[derive(Default)]
pub(super) struct Datasets {
    pub(super) datasets: Vec<Dataset>,
    pub(super) feeds: Vec<Feed>,
}

/// What is certain of a dataset before it is read, so that one fault is told once.
struct Given<'d> {
    name: &'d str,
    has_facts: bool,
    /// Whether a poll or a query feeds it.
    is_asked: bool,
}

/// One dataset whose facts may be those of another.
struct Read {
    dataset: Dataset,
    feed: Option<Feed>,
    facts_of: Option<(String, Place)>,
}

impl Decoder<'_> {
    pub(super) fn datasets(&mut self, spec: &Entries<'_>) -> Datasets {
        let given = given(spec);
        let mut read = self.list(spec, "datasets", Self::dataset);
        self.share_facts(&mut read, &given);
        let mut all = Datasets::default();
        for Read { dataset, feed, .. } in read {
            if all.datasets.iter().any(|known| known.file == dataset.file) {
                let message = format!("dataset `{}` is given twice", dataset.file);
                self.report(&dataset.path, dataset.place, message, "");
            }
            all.datasets.push(dataset);
            all.feeds.extend(feed);
        }
        self.webhooks_fit(&all.feeds, &given);
        all
    }

    fn dataset(&mut self, node: &Node, path: &str) -> Option<Read> {
        let known = [
            "file", "format", "encoding", "name", "poll", "query", "webhook", "optional", "facts",
            "facts_of",
        ];
        let entries = self.entries(node, path, &known)?;
        let origin = self.origin(&entries)?;
        let is_fed = origin.key != "file";
        let name = if is_fed {
            self.out_of_place(&entries, &["format", "encoding"], "is for files only");
            self.dataset_name(&entries)
        } else {
            self.out_of_place(&entries, &["name", "optional"], "is not for files");
            self.text(&entries, "file")
        };
        let format = match is_fed {
            true => Some(Format::JsonLines),
            false => self.choice(
                &entries,
                "format",
                [Format::Csv, Format::JsonLines],
                Format::as_str,
            ),
        };
        let encodings = [Encoding::Utf8, Encoding::Gb18030];
        let encoding = self.choice(&entries, "encoding", encodings, Encoding::as_str);
        let feed = match is_fed {
            true => self.feed(origin, &entries),
            false => Some(None),
        };
        self.default_revision = default_revision(is_fed, feed.as_ref());
        let (facts, facts_of) = self.facts_or_other(&entries);
        let (file, place) = name?;
        let feed = feed?.map(|(origin, at)| Feed {
            dataset: file.clone(),
            origin,
            path: at.0,
            place: at.1,
        });
        Some(Read {
            dataset: Dataset {
                file,
                is_fed,
                format: format?,
                encoding: encoding?,
                facts,
                path: path.to_owned(),
                place,
            },
            feed,
            facts_of,
        })
    }

    fn origin<'d>(&mut self, entries: &Entries<'d>) -> Option<&'d Entry> {
        let given: Vec<&'d Entry> = ORIGINS.iter().filter_map(|key| entries.get(key)).collect();
        match given.as_slice() {
            [only] => Some(only),
            [] => {
                let message = "nothing feeds this dataset: expected file, poll, query or webhook";
                self.report(&entries.path, entries.place, message, "");
                None
            }
            [first, second, ..] => {
                let message = format!(
                    "a dataset is fed by one thing, found {} and {}",
                    first.key, second.key
                );
                let help = "make it two datasets; `facts_of` shares their facts";
                self.report(&entries.path_of(&second.key), second.place, message, help);
                None
            }
        }
    }

    fn dataset_name(&mut self, entries: &Entries<'_>) -> Option<(String, Place)> {
        let (name, place) = self.text(entries, "name")?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        if name.is_empty() || name.len() > 63 || !name.chars().all(plain) {
            let message = format!("`{name}` is not a name: expected 1 to 63 of a-z, 0-9, - and _");
            self.report(&entries.path_of("name"), place, message, "");
            return None;
        }
        Some((name, place))
    }

    #[expect(
        clippy::option_option,
        reason = "the outer none says that there are faults"
    )]
    fn feed(
        &mut self,
        origin: &Entry,
        entries: &Entries<'_>,
    ) -> Option<Option<(Origin, (String, Place))>> {
        let path = entries.path_of(&origin.key);
        let read = match origin.key.as_str() {
            "poll" => Origin::Poll(Box::new(self.poll(&origin.node, &path)?)),
            "query" => Origin::Query(Box::new(self.query(&origin.node, &path)?)),
            _ => Origin::Webhook(Box::new(self.webhook(&origin.node, &path)?)),
        };
        Some(Some((read, (path, origin.place))))
    }

    fn facts_or_other(&mut self, entries: &Entries<'_>) -> (Facts, Option<(String, Place)>) {
        if entries.get("facts_of").is_some() {
            self.out_of_place(
                entries,
                &["facts", "optional"],
                "is said by the dataset that `facts_of` names",
            );
            let other = self.optional_text(entries, "facts_of");
            return (Facts::default(), other);
        }
        let optional = match entries.get("optional") {
            None => Vec::new(),
            Some(_) => self.list(entries, "optional", |decoder, node, path| {
                decoder.node_text(node, path).map(|(text, _)| text)
            }),
        };
        let facts = Facts {
            rules: self.list(entries, "facts", Self::fact).into(),
            optional: optional.into(),
        };
        (facts, None)
    }

    /// Gives each dataset that names another the facts of that one.
    fn share_facts(&mut self, read: &mut [Read], given: &[Given<'_>]) {
        let owners: Vec<(String, Facts)> = read
            .iter()
            .filter(|read| read.facts_of.is_none())
            .map(|read| (read.dataset.file.clone(), read.dataset.facts.clone()))
            .collect();
        for borrower in read {
            let Some((name, place)) = &borrower.facts_of else {
                continue;
            };
            match owners.iter().find(|(owner, _)| owner == name) {
                Some((_, facts)) => {
                    borrower.dataset.facts = Facts {
                        rules: Arc::clone(&facts.rules),
                        optional: Arc::clone(&facts.optional),
                    };
                }
                // Its own faults are told already.
                None if given.iter().any(|one| one.has_facts && one.name == name) => {}
                None => {
                    let path = format!("{}.facts_of", borrower.dataset.path);
                    let message = format!("there is no dataset `{name}` with facts of its own");
                    let help = nearest(name, owners.iter().map(|(owner, _)| owner.as_str()));
                    self.report(&path, *place, message, help);
                }
            }
        }
    }

    fn webhooks_fit(&mut self, feeds: &[Feed], given: &[Given<'_>]) {
        let asked = given.iter().filter(|one| one.is_asked);
        let reconciling: Vec<&str> = asked.map(|one| one.name).collect();
        let mut paths = Vec::new();
        for feed in feeds {
            let Origin::Webhook(webhook) = &feed.origin else {
                continue;
            };
            if paths.contains(&webhook.path.as_str()) {
                let message = format!("path `{}` is that of another webhook", webhook.path);
                self.report(&format!("{}.path", feed.path), feed.place, message, "");
            }
            paths.push(webhook.path.as_str());
            if let Some(name) = &webhook.reconcile
                && !reconciling.contains(&name.as_str())
            {
                let message = format!("there is no dataset `{name}` that a poll or query feeds");
                let help = nearest(name, reconciling.iter().copied());
                self.report(
                    &format!("{}.reconcile", feed.path),
                    feed.place,
                    message,
                    help,
                );
            }
        }
    }

    pub(super) fn polls_have_http(&mut self, spec: &Entries<'_>, feeds: &[Feed]) {
        let is_poll = |feed: &&Feed| matches!(feed.origin, Origin::Poll(_));
        if let Some(poll) = feeds.iter().find(is_poll)
            && spec.get("http").is_none()
        {
            let message = "key `http` is missing: a poll asks over HTTP";
            let help = "add `http: {url: https://…}`";
            self.report(&spec.path_of("http"), poll.place, message, help);
        }
    }
}

/// An export is one version of everything; what is fed is newer each time, by its cursor.
fn default_revision(
    is_fed: bool,
    feed: Option<&Option<(Origin, (String, Place))>>,
) -> DefaultRevision {
    let cursor = match feed {
        Some(Some((Origin::Poll(poll), _))) => poll.cursor.clone(),
        Some(Some((Origin::Query(query), _))) => query.cursor.clone(),
        // Its faults are told; that no revision is known is not one of them.
        None => return DefaultRevision::Snapshot,
        _ => None,
    };
    match (is_fed, cursor) {
        (false, _) => DefaultRevision::Snapshot,
        (true, Some(cursor)) => DefaultRevision::Cursor(Box::new(cursor)),
        (true, None) => DefaultRevision::Required,
    }
}

fn given<'d>(spec: &Entries<'d>) -> Vec<Given<'d>> {
    let Some(Content::Sequence(nodes)) = spec.get("datasets").map(|entry| &entry.node.content)
    else {
        return Vec::new();
    };
    let given = |node: &'d Node| {
        let Content::Mapping(entries) = &node.content else {
            return None;
        };
        let has = |key: &str| entries.iter().any(|entry| entry.key == key);
        let name = entries
            .iter()
            .find(|entry| ["name", "file"].contains(&entry.key.as_str()))?;
        let Content::Scalar { text, .. } = &name.node.content else {
            return None;
        };
        Some(Given {
            name: text,
            has_facts: !has("facts_of"),
            is_asked: has("poll") || has("query"),
        })
    };
    nodes.iter().filter_map(given).collect()
}
