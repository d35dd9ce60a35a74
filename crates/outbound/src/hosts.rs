//! Hosts that may be called, by name.

use std::str::FromStr;

use url::Host;

/// Which hosts may be called, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Hosts {
    /// Whichever.
    #[default]
    Any,
    /// Those that one of the patterns fits; without patterns none.
    Named(Vec<Pattern>),
}

/// A host, or every host below a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Fits);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fits {
    Exactly(Host),
    Below(String),
}

/// A text is neither the name of a host nor `*.` and a domain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected hosts such as api.example.com or *.example.com, found {0:?}")]
pub struct NotAHost(String);

impl Hosts {
    /// Those of the list, which may be empty: then none.
    ///
    /// # Errors
    ///
    /// An entry is neither a host nor `*.` and a domain.
    pub fn named<T: AsRef<str>>(list: impl IntoIterator<Item = T>) -> Result<Self, NotAHost> {
        let patterns = list.into_iter().map(|entry| entry.as_ref().parse());
        Ok(Self::Named(patterns.collect::<Result<_, _>>()?))
    }

    pub(crate) fn contain(&self, host: &Host<&str>) -> bool {
        match self {
            Self::Any => true,
            Self::Named(patterns) => patterns.iter().any(|pattern| pattern.fits(host)),
        }
    }
}

impl FromStr for Hosts {
    type Err = NotAHost;

    /// Reads hosts separated by commas. An empty text means any.
    fn from_str(list: &str) -> Result<Self, NotAHost> {
        let entries = list.split(',').map(str::trim);
        let mut entries = entries.filter(|entry| !entry.is_empty()).peekable();
        match entries.peek() {
            None => Ok(Self::Any),
            Some(_) => Self::named(entries),
        }
    }
}

impl Pattern {
    fn fits(&self, host: &Host<&str>) -> bool {
        match (&self.0, host) {
            (Fits::Exactly(Host::Domain(known)), Host::Domain(name)) => known == rootless(name),
            (Fits::Exactly(Host::Ipv4(known)), Host::Ipv4(address)) => known == address,
            (Fits::Exactly(Host::Ipv6(known)), Host::Ipv6(address)) => known == address,
            (Fits::Below(domain), Host::Domain(name)) => rootless(name)
                .strip_suffix(domain.as_str())
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|label| !label.is_empty()),
            _ => false,
        }
    }
}

impl FromStr for Pattern {
    type Err = NotAHost;

    fn from_str(text: &str) -> Result<Self, NotAHost> {
        let not_a_host = || NotAHost(text.to_owned());
        let host = |name: &str| Host::parse(rootless(name)).map_err(|_| not_a_host());
        if let Ok(address) = text.parse() {
            return Ok(Self(Fits::Exactly(Host::Ipv6(address))));
        }
        match text.strip_prefix("*.").map(host).transpose()? {
            Some(Host::Domain(domain)) if domain.contains('*') => Err(not_a_host()),
            Some(Host::Domain(domain)) => Ok(Self(Fits::Below(domain))),
            Some(_) => Err(not_a_host()),
            None => match host(text)? {
                Host::Domain(name) if name.is_empty() || name.contains('*') => Err(not_a_host()),
                exact => Ok(Self(Fits::Exactly(exact))),
            },
        }
    }
}

/// A name without the dot of the root, which names the same host.
fn rootless(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contain(hosts: &str, url: &str) -> bool {
        let url = url::Url::parse(url).unwrap();
        hosts
            .parse::<Hosts>()
            .unwrap()
            .contain(&url.host().unwrap())
    }

    #[test]
    fn a_name_is_itself_in_any_case_and_with_the_dot_of_the_root() {
        for url in [
            "https://api.example.com/x",
            "https://API.example.COM.",
            "https://api.example.com:8443",
        ] {
            assert!(contain("Api.Example.com", url), "{url}");
        }
        for url in [
            "https://example.com",
            "https://x.api.example.com",
            "https://api.example.com.evil.net",
        ] {
            assert!(!contain("api.example.com", url), "{url}");
        }
        assert!(contain("快递.example", "https://xn--66tv58h.example/"));
        assert!(contain("xn--66tv58h.example", "https://快递.example/"));
    }

    #[test]
    fn a_star_is_everything_below_and_not_the_domain_itself() {
        for url in ["https://a.example.com", "https://a.b.example.com."] {
            assert!(contain("*.example.com", url), "{url}");
        }
        for url in [
            "https://example.com",
            "https://badexample.com",
            "https://.example.com",
            "https://a.example.com.evil.net",
        ] {
            assert!(!contain("*.example.com", url), "{url}");
        }
    }

    #[test]
    fn an_address_is_a_host_however_it_is_written() {
        assert!(contain("10.0.0.5, ::1", "http://0x0a.5/"));
        assert!(contain("10.0.0.5, ::1", "http://[0:0::1]/"));
        assert!(!contain("10.0.0.5", "http://10.0.0.6/"));
    }

    #[test]
    fn no_names_are_any_host_and_no_patterns_none() {
        assert!(contain(" , ", "https://example.com"));
        let none = Hosts::named::<&str>([]).unwrap();
        assert!(!none.contain(&Host::Domain("example.com")));
    }

    #[test]
    fn what_is_no_host_is_named() {
        for wrong in [
            "*",
            "*.",
            "*.10.0.0.1",
            "a*.example.com",
            "*.*.example.com",
            "https://example.com",
            "a b",
        ] {
            assert_eq!(wrong.parse::<Hosts>(), Err(NotAHost(wrong.to_owned())));
        }
    }
}
