//! How much one tag of a template may be: whoever reads an expression that nests too deep runs
//! out of stack, and takes the whole service along.

use minijinja::{
    machinery::{Token, tokenize},
    syntax::SyntaxConfig,
};

/// Most names, literals and signs between `{{` and `}}`, or `{%` and `%}`. So many may nest.
const IN_A_TAG: usize = 300;
/// Most `elif` of a template: each nests in the one before.
const BRANCHES: usize = 100;

/// Where a template is too much, by its byte, and why; `None` when it is not, or cannot be read.
pub(crate) fn too_much(source: &str) -> Option<(usize, String)> {
    let (mut in_tag, mut branches) = (0, 0);
    for read in tokenize(source, false, SyntaxConfig::default()) {
        let (token, span) = read.ok()?;
        let at = span.start_offset as usize;
        match token {
            Token::VariableStart | Token::BlockStart => in_tag = 0,
            Token::Ident("elif") if in_tag == 0 => branches += 1,
            _ => in_tag += 1,
        }
        if in_tag > IN_A_TAG {
            let what = "names, literals and signs in one tag";
            return Some((
                at,
                format!("expected at most {IN_A_TAG} {what}, found more"),
            ));
        }
        if branches > BRANCHES {
            return Some((
                at,
                format!("expected at most {BRANCHES} `elif`, found more"),
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_exhaust_the_stack_of_its_reader_is_found_where_it_is_too_much() {
        let many = |what: &str, times: usize| what.repeat(times);
        for nested in [
            format!("a\n{{{{ {}1 }}}}", many("not ", 4_000)),
            format!("a\n{{{{ {}1 }}}}", many("-", 16_000)),
            format!("a\n{{{{ 1{} }}}}", many("+1", 8_000)),
            format!("a\n{{{{ 1{} }}}}", many("|string", 2_000)),
        ] {
            let (at, _) = too_much(&nested).unwrap();
            assert!(at > 300 && at < 3_000, "{at}");
        }
        let branches = format!("{{% if a %}}{}{{% endif %}}", many("{% elif a %}b", 1_300));
        assert!(too_much(&branches).is_some());
        assert_eq!(
            too_much(&many("{% if a %}{{ b }}{% elif c %}{% endif %} text\n", 90)),
            None
        );
        assert_eq!(too_much("{{ unclosed"), None);
    }
}
