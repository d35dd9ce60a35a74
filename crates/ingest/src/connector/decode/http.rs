//! How a vendor is asked.

use order::Span;

use super::super::http::{Answer, Auth, Http, Meaning, SORTED_OPTIONS, Signed};
use super::super::quantity::{Rate, Size};
use super::{ANSWER, INSTALLATION, REQUEST};
use crate::mapping::decode::{Decoder, Entries};
use crate::mapping::document::{Content, Node};
use crate::mapping::nearest;
use crate::signer::PullSigner;

/// Shortest and longest that an answer may take.
pub(super) const TIMEOUTS: std::ops::RangeInclusive<Span> =
    Span::from_seconds(1)..=Span::from_seconds(600);
pub(super) const DEFAULT_TIMEOUT: Span = Span::from_seconds(30);
pub(super) const DEFAULT_BODY: u64 = 16 << 20;
pub(super) const LARGEST_BODY: u64 = 256 << 20;
const DEFAULT_RETRIES: i64 = 5;

impl Decoder<'_> {
    pub(super) fn http(&mut self, node: &Node) -> Option<Http> {
        let known = [
            "url",
            "headers",
            "auth",
            "sign",
            "rate",
            "concurrency",
            "timeout",
            "max_body",
            "retries",
            "answers",
        ];
        let entries = self.entries(node, "spec.http", &known)?;
        let url = self.url(&entries, "url");
        let headers = self.headers(&entries, &REQUEST);
        let auth = entries
            .get("auth")
            .map(|entry| self.auth(&entry.node, &entries.path_of("auth")));
        let sign = entries
            .get("sign")
            .map(|entry| self.signed(&entry.node, &entries.path_of("sign"), &INSTALLATION));
        if let Some(Some(sign)) = &sign {
            self.signs_pulls(sign);
        }
        let rate = self.quantity::<Rate>(&entries, "rate");
        let concurrency = self.number(&entries, "concurrency", 1, 1..=64);
        let timeout = self.spanned(&entries, "timeout", DEFAULT_TIMEOUT, TIMEOUTS);
        let max_body = self.sized(&entries, "max_body", (DEFAULT_BODY, LARGEST_BODY));
        let retries = self.number(&entries, "retries", DEFAULT_RETRIES, 0..=20);
        let answers = match entries.get("answers") {
            None => Vec::new(),
            Some(_) => self.list(&entries, "answers", Self::answer),
        };
        Some(Http {
            url: url?,
            headers,
            auth: auth.map_or(Some(None), |auth| auth.map(Some))?,
            sign: sign.map_or(Some(None), |sign| sign.map(Some))?,
            rate: rate?,
            concurrency: u16::try_from(concurrency?).ok()?,
            timeout: timeout?,
            max_body: max_body?,
            retries: u32::try_from(retries?).ok()?,
            answers,
        })
    }

    pub(super) fn url(
        &mut self,
        entries: &Entries<'_>,
        key: &str,
    ) -> Option<super::super::Template> {
        let node = self.required(entries, key)?;
        let path = entries.path_of(key);
        let template = self.template(node, &path, &REQUEST)?;
        self.reachable(&template, node, &path);
        Some(template)
    }

    /// Reads the most bytes of something.
    pub(super) fn sized(
        &mut self,
        entries: &Entries<'_>,
        key: &str,
        (default, largest): (u64, u64),
    ) -> Option<u64> {
        let size = self.quantity::<Size>(entries, key)?;
        let bytes = size.map_or(default, |size| size.0);
        if (1 << 10..=largest).contains(&bytes) {
            return Some(bytes);
        }
        let place = entries.get(key).map_or(entries.place, |entry| entry.place);
        let message = format!("expected 1KiB to {}MiB", largest >> 20);
        self.report(&entries.path_of(key), place, message, "");
        None
    }

    fn auth(&mut self, node: &Node, path: &str) -> Option<Auth> {
        let entries = self.entries(node, path, &["basic", "oauth2"])?;
        match (entries.get("basic"), entries.get("oauth2")) {
            (Some(basic), None) => self.basic(&basic.node, &entries.path_of("basic")),
            (None, Some(oauth2)) => self.oauth2(&oauth2.node, &entries.path_of("oauth2")),
            _ => {
                let message = "expected either basic or oauth2";
                self.report(path, node.place, message, "");
                None
            }
        }
    }

    fn basic(&mut self, node: &Node, path: &str) -> Option<Auth> {
        let entries = self.entries(node, path, &["user", "password"])?;
        let user = self.required_template(&entries, "user", &INSTALLATION);
        let password = self.required_template(&entries, "password", &INSTALLATION);
        Some(Auth::Basic {
            user: user?,
            password: password?,
        })
    }

    fn oauth2(&mut self, node: &Node, path: &str) -> Option<Auth> {
        let known = ["token_url", "client_id", "client_secret", "scope"];
        let entries = self.entries(node, path, &known)?;
        let token_url = self.url(&entries, "token_url");
        let client_id = self.required_template(&entries, "client_id", &INSTALLATION);
        let client_secret = self.required_template(&entries, "client_secret", &INSTALLATION);
        let scope = self.optional_template(&entries, "scope", &INSTALLATION);
        Some(Auth::OAuth2 {
            token_url: token_url?,
            client_id: client_id?,
            client_secret: client_secret?,
            scope: scope?,
        })
    }

    /// Reads a signature; what the signer does not know of its options, it says itself.
    pub(super) fn signed(&mut self, node: &Node, path: &str, variables: &[&str]) -> Option<Signed> {
        let Content::Mapping(all) = &node.content else {
            self.wrong(path, node, "a mapping with `by`, the name of a signer");
            return None;
        };
        let keys: Vec<&str> = all.iter().map(|entry| entry.key.as_str()).collect();
        let entries = self.entries(node, path, &keys)?;
        let by = self.text(&entries, "by");
        let secret = self.optional_text(&entries, "secret").map(|told| {
            let path = entries.path_of("secret");
            self.secret(&path, told)
        });
        let mut options = Vec::new();
        for entry in all {
            if !["by", "secret"].contains(&entry.key.as_str()) {
                let path = entries.path_of(&entry.key);
                let template = self.template(&entry.node, &path, variables);
                options.extend(template.map(|template| (entry.key.clone(), template)));
            }
        }
        let (by, place) = by?;
        Some(Signed {
            by,
            secret: secret.map_or(Some(None), |secret| secret.map(Some))?,
            options,
            path: path.to_owned(),
            place,
        })
    }

    /// Pulls are signed by name, with one secret. What is filled in for options is known only
    /// where the connector runs; which there are is known here.
    fn signs_pulls(&mut self, sign: &Signed) {
        if !PullSigner::NAMES.contains(&sign.by.as_str()) {
            let message = format!("there is no pull signer `{}`", sign.by);
            let help = nearest(&sign.by, PullSigner::NAMES.iter().copied());
            self.report(&format!("{}.by", sign.path), sign.place, message, help);
            return;
        }
        if sign.secret.is_none() {
            let path = format!("{}.secret", sign.path);
            self.report(&path, sign.place, "key `secret` is missing", "");
        }
        let told: &[&str] = match sign.by.as_str() {
            "md5-sorted" | "hmac-sorted" => &SORTED_OPTIONS,
            _ => &[],
        };
        self.options_are_known(sign, told);
    }

    /// Reports what a signer is told and does not understand.
    pub(super) fn options_are_known(&mut self, sign: &Signed, known: &[&str]) {
        for (name, _) in &sign.options {
            if !known.contains(&name.as_str()) {
                let path = format!("{}.{name}", sign.path);
                let message = format!("signer `{}` is not told `{name}`", sign.by);
                let help = nearest(name, known.iter().copied());
                self.report(&path, sign.place, message, help);
            }
        }
    }

    fn answer(&mut self, node: &Node, path: &str) -> Option<Answer> {
        let entries = self.entries(node, path, &["when", "is", "message"])?;
        let parameters = self.parameters.clone();
        let vocabulary = Self::vocabulary(&ANSWER, &parameters, &[]);
        let when = self.required_expression(&entries, "when", &vocabulary);
        let meaning = self.text(&entries, "is").and_then(|(text, place)| {
            let found = Meaning::ALL
                .into_iter()
                .find(|meaning| meaning.as_str() == text);
            if found.is_none() {
                let help = nearest(&text, Meaning::ALL.map(Meaning::as_str));
                let message = format!("`{text}` is not what an answer can be");
                self.report(&entries.path_of("is"), place, message, help);
            }
            found
        });
        let message = self.expression(&entries, "message", &vocabulary);
        Some(Answer {
            when: when?,
            meaning: meaning?,
            message: message.map_or(Some(None), |message| message.map(Some))?,
        })
    }
}
