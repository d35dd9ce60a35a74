//! Files and folders split into documents.

use std::io::Read;
use std::path::{Path, PathBuf};

use rule_engine::documents::{self, API_VERSION, Fault, Piece};

use super::document::{Document, Kind};
use crate::failure::Failure;

/// Files of a folder that hold documents.
const DOCUMENTS: [&str; 3] = ["yaml", "yml", "json"];

/// Reads a file, every YAML and JSON file of a folder, or standard input for `-`.
///
/// # Errors
///
/// Every fault of every document, with file and line.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<Document>, Failure> {
    let mut documents: Vec<Document> = Vec::new();
    let mut faults = Vec::new();
    for path in paths {
        for file in files(path)? {
            let text = match text_of(&file) {
                Ok(text) => text,
                Err(Unreadable::File(failure)) => return Err(failure),
                Err(Unreadable::Lines(found)) => {
                    faults.extend(found);
                    continue;
                }
            };
            match split(&file.display().to_string(), &text) {
                Ok(found) => documents.extend(found),
                Err(found) => faults.extend(found),
            }
        }
    }
    for (index, document) in documents.iter().enumerate() {
        if let Some(first) = documents[..index]
            .iter()
            .find(|earlier| earlier.is_of(document))
        {
            faults.push(format!(
                "{}: {document} stands in {} already",
                document.place, first.place
            ));
        }
    }
    if faults.is_empty() {
        return Ok(documents);
    }
    let failure = Failure::invalid("nothing was applied: documents have faults");
    Err(faults.into_iter().fold(failure, Failure::detail))
}

/// Why a file gives no text.
enum Unreadable {
    File(Failure),
    /// Faults of a list, each with its line.
    Lines(Vec<String>),
}

/// The text of a file; a list in CSV becomes a document of its exemptions, named like the file.
fn text_of(file: &Path) -> Result<String, Unreadable> {
    let failed = |error: &std::io::Error| Unreadable::File(Failure::file(file, "read", error));
    if file == Path::new("-") {
        let mut text = String::new();
        return std::io::stdin()
            .read_to_string(&mut text)
            .map(|_| text)
            .map_err(|error| failed(&error));
    }
    if file.extension().is_none_or(|extension| extension != "csv") {
        return std::fs::read_to_string(file).map_err(|error| failed(&error));
    }
    let bytes = std::fs::read(file).map_err(|error| failed(&error))?;
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    rule_engine::exemption_from_csv(&name, &bytes).map_err(|faults| {
        let place = file.display();
        let told = faults.iter().map(|fault| format!("{place}: {fault}"));
        Unreadable::Lines(told.collect())
    })
}

/// The files of documents that a path means, in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |error| Failure::file(path, "read", &error);
    let mut found = Vec::new();
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        entries.push(entry.map_err(unreadable)?.path());
    }
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            found.extend(files(&entry)?);
        } else if holds_documents(&entry) {
            found.push(entry);
        }
    }
    Ok(found)
}

/// Whether a file is taken to hold documents, by its name.
pub(crate) fn holds_documents(file: &Path) -> bool {
    file.extension()
        .is_some_and(|extension| DOCUMENTS.iter().any(|known| extension == *known))
}

/// Splits a YAML text that a server gave; its faults are nobody's here.
pub(crate) fn split_text(text: &str) -> Vec<Document> {
    let pieces = documents::cut(text).into_iter();
    pieces
        .filter_map(|piece| document("in force", piece).ok())
        .collect()
}

/// Splits a YAML text into its documents.
pub(crate) fn split(file: &str, text: &str) -> Result<Vec<Document>, Vec<String>> {
    let mut documents = Vec::new();
    let mut faults = Vec::new();
    for piece in documents::cut(text) {
        match document(file, piece) {
            Ok(found) => documents.push(found),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        Ok(documents)
    } else {
        Err(faults)
    }
}

fn document(file: &str, piece: Piece) -> Result<Document, String> {
    let place = format!("{file}:{}", piece.line);
    if let Err(Fault::Unreadable {
        line,
        column,
        message,
        ..
    }) = piece.document
    {
        return Err(match column {
            0 => format!("{file}:{line}: {message}"),
            column => format!("{file}:{line}:{column}: {message}"),
        });
    }
    if piece.version != API_VERSION {
        let version = piece.version;
        return Err(format!(
            "{place}: apiVersion is {version:?}; write {API_VERSION:?}"
        ));
    }
    let document = piece.document.map_err(|fault| match fault {
        Fault::Nameless { field, .. } => format!("{place}: this document has no {field}"),
        fault => format!("{place}: {fault}"),
    })?;
    let key = document.key();
    Ok(Document {
        kind: Kind::of(key.kind()).map_err(|error| format!("{place}: {error}"))?,
        name: key.name().to_owned(),
        text: document.text().to_owned(),
        place,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Owner, join};
    use crate::server::Service;

    const TEXT: &str = "\
# Rules of the shop.
apiVersion: orderwatch/v1
kind: Rule
metadata: {name: late}
spec:
  when: |
    now > order.due_at
    --- not a marker
---
# nothing here
---
apiVersion: orderwatch/v1
kind: Sop
metadata:
  name: chase
";

    #[test]
    fn a_file_is_split_by_kind_and_keeps_its_text() {
        let documents = split("rules.yaml", TEXT).unwrap();
        let found: Vec<String> = documents
            .iter()
            .map(|document| format!("{document} {} {:?}", document.place, document.kind.owner()))
            .collect();
        assert_eq!(
            found,
            [
                "rule/late rules.yaml:2 Service(RuleEvaluation)",
                "sop/chase rules.yaml:12 Service(Ticketing)",
            ]
        );
        assert!(documents[0].text.contains("# Rules of the shop."));
        let again = split("joined", &join(&documents)).unwrap();
        assert_eq!(again[0].text.trim(), documents[0].text.trim());
        assert_eq!(again.len(), 2);
        assert_eq!(
            documents[1].kind.owner(),
            Owner::Service(Service::Ticketing)
        );
    }

    #[test]
    fn faults_name_file_line_and_what_was_expected() {
        let text = "kind: Rule\n---\napiVersion: orderwatch/v1\nkind: Rul\nmetadata: {name: a}\n---\n\
                    apiVersion: orderwatch/v1\nkind: Rule\n---\na: [1\n";
        let faults = split("x.yaml", text).unwrap_err();
        insta::assert_snapshot!(faults.join("\n"));
    }

    #[test]
    fn a_list_in_csv_is_a_document_of_its_exemptions_named_like_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("spring-agreement.csv");
        let list = "kind,value,reason,owner,expires\norder,A1,agreed,li,2027-01-01T00:00:00Z\n";
        std::fs::write(&file, list).unwrap();
        let documents = read(std::slice::from_ref(&file)).unwrap();
        assert_eq!(documents[0].to_string(), "exemption/spring-agreement");
        std::fs::write(&file, list.replace("order,", "ordre,")).unwrap();
        let refused = read(&[file]).unwrap_err().to_string();
        assert!(
            refused.contains("spring-agreement.csv: line 2, kind: "),
            "{refused}"
        );
    }
}
