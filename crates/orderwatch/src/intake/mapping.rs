//! A mapping, as ingest understood it, and the files that its datasets are for.

use std::fmt;
use std::path::{Path, PathBuf};

use contracts::fact::v1::SourceDeclaration;
use contracts::ingest::v1::{Dataset, Diagnostic, MappedDataset};

use super::checker::Checker;
use crate::failure::{Exit, Failure};

/// A mapping without faults.
pub(super) struct Mapping {
    path: PathBuf,
    yaml: String,
    datasets: Vec<MappedDataset>,
    /// What did not happen when it cannot be used.
    nothing: &'static str,
}

/// A dataset of a mapping for which there is no file.
#[derive(Debug)]
pub(super) struct Missing<'m> {
    mapping: &'m Path,
    dataset: &'m MappedDataset,
}

impl Mapping {
    /// Reads a mapping and has it checked.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or the mapping has faults.
    pub(super) async fn read(checker: &Checker<'_>, path: &Path) -> Result<Self, Failure> {
        let yaml =
            std::fs::read_to_string(path).map_err(|error| Failure::file(path, "read", &error))?;
        let answer = checker.check(&yaml, Vec::new()).await?;
        accept(path, &answer.diagnostics, checker.nothing())?;
        Ok(Self {
            path: path.to_owned(),
            yaml,
            datasets: answer.datasets,
            nothing: checker.nothing(),
        })
    }

    /// The text.
    pub(super) fn into_yaml(self) -> String {
        self.yaml
    }

    /// Has it checked against the columns of files; answers the sources that they
    /// are of.
    ///
    /// # Errors
    ///
    /// A column that a file lacks.
    pub(super) async fn fit(
        &self,
        checker: &Checker<'_>,
        files: Vec<Dataset>,
    ) -> Result<Vec<SourceDeclaration>, Failure> {
        let answer = checker.check(&self.yaml, files).await?;
        accept(&self.path, &answer.diagnostics, self.nothing)?;
        Ok(answer.sources)
    }

    /// The files of a folder that its datasets are for, dataset by dataset.
    ///
    /// # Errors
    ///
    /// The folder cannot be read, or has no file for some dataset.
    pub(super) fn files_in(&self, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
        let unreadable = |error| Failure::file(folder, "read", &error);
        let mut names = std::fs::read_dir(folder)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(unreadable)?
            .iter()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect::<Vec<_>>();
        names.sort();
        let missing = self.missing(&names);
        if !missing.is_empty() {
            return Err(self.incomplete(folder, &missing));
        }
        let mut files: Vec<PathBuf> = Vec::new();
        for dataset in &self.datasets {
            let found = names.iter().filter(|name| matches(&dataset.file, name));
            // A file of two patterns belongs to the first.
            let found = found.map(|name| folder.join(name));
            let new: Vec<_> = found.filter(|file| !files.contains(file)).collect();
            files.extend(new);
        }
        Ok(files)
    }

    /// The datasets that none of these file names is for.
    pub(super) fn missing(&self, names: &[String]) -> Vec<Missing<'_>> {
        let read = |dataset: &MappedDataset| names.iter().any(|name| matches(&dataset.file, name));
        self.datasets
            .iter()
            .filter(|dataset| !read(dataset))
            .map(|dataset| Missing {
                mapping: &self.path,
                dataset,
            })
            .collect()
    }

    /// The dataset that a file is for.
    ///
    /// # Errors
    ///
    /// There is none.
    pub(super) fn dataset_of(&self, file: &Path, name: &str) -> Result<&MappedDataset, Failure> {
        self.datasets
            .iter()
            .find(|dataset| matches(&dataset.file, name))
            .ok_or_else(|| self.unknown_file(file))
    }

    fn unknown_file(&self, path: &Path) -> Failure {
        let known: Vec<&str> = self
            .datasets
            .iter()
            .map(|dataset| dataset.file.as_str())
            .collect();
        Failure::invalid(format!(
            "the mapping does not know the file {}",
            path.display()
        ))
        .at(self.path.display().to_string())
        .remedy(format!(
            "its files are {}; add a dataset for this one",
            known.join(", ")
        ))
    }

    fn incomplete(&self, folder: &Path, missing: &[Missing<'_>]) -> Failure {
        let what = format!(
            "{} has no file for {} of the mapping's {} datasets; {}",
            folder.display(),
            missing.len(),
            self.datasets.len(),
            self.nothing
        );
        missing
            .iter()
            .fold(Failure::new(Exit::NotFound, what), |failure, missing| {
                failure.detail(missing.to_string())
            })
            .at(self.path.display().to_string())
            .remedy("name the folder that holds every file of the mapping, or import some of them with `orderwatch import`")
    }
}

impl fmt::Display for Missing<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mapping, dataset } = self;
        let (mapping, line, column) = (mapping.display(), dataset.line, dataset.column);
        let (path, file) = (&dataset.path, &dataset.file);
        write!(
            formatter,
            "{mapping}:{line}:{column}: {path}: no file `{file}`"
        )
    }
}

fn accept(path: &Path, diagnostics: &[Diagnostic], nothing: &str) -> Result<(), Failure> {
    if diagnostics.is_empty() {
        Ok(())
    } else {
        Err(refused(path, diagnostics, nothing))
    }
}

fn refused(path: &Path, diagnostics: &[Diagnostic], nothing: &str) -> Failure {
    let path = path.display();
    let what = format!("the mapping {path} cannot be used; {nothing}");
    diagnostics
        .iter()
        .fold(Failure::invalid(what), |failure, fault| {
            let mut text = format!("{path}:{}:{}: {}", fault.line, fault.column, fault.path);
            text.push_str(&format!(
                "{}{}",
                if fault.path.is_empty() { "" } else { ": " },
                fault.message
            ));
            if !fault.help.is_empty() {
                text.push_str(&format!("\n{}", fault.help));
            }
            failure.detail(text)
        })
}

/// Whether a file's name is the one given, where `*` stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len())
                .filter(|start| rest.is_char_boundary(*start))
                .any(|start| matches(tail, &rest[start..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mapping of three datasets, as ingest tells of it.
    fn shop() -> Mapping {
        let datasets = ["orders.csv", "parcels-*.csv", "refunds.jsonl"];
        let dataset = |(index, file): (i32, &str)| MappedDataset {
            file: file.to_owned(),
            path: format!("spec.datasets[{index}]"),
            line: 9 + 20 * index,
            column: 7,
            ..MappedDataset::default()
        };
        Mapping {
            path: "shop.yaml".into(),
            yaml: String::new(),
            datasets: (0..).zip(datasets).map(dataset).collect(),
            nothing: "nothing was sent",
        }
    }

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        folder
    }

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("orders-*.csv", "orders-2026-11.csv"));
        assert!(matches("*订单*", "双11订单表.csv"));
        assert!(!matches("orders.csv", "orders.csv.bak"));
        assert!(!matches("a*b*c", "acb"));
    }

    #[test]
    fn a_refused_mapping_says_where_and_what_to_do() {
        let fault = Diagnostic {
            path: "spec.datasets[0].facts[0].id".to_owned(),
            line: 12,
            column: 9,
            message: "no column `ordr_id`".to_owned(),
            help: "did you mean `order_id`?".to_owned(),
        };
        insta::assert_snapshot!(refused(
            Path::new("olist.yaml"),
            &[fault],
            "nothing was sent"
        ));
    }

    #[test]
    fn a_folder_without_some_files_is_refused_naming_each_dataset_and_the_folder() {
        let folder = folder(&["orders.csv.bak", "parcels-1.csv"]);
        let refused = shop().files_in(folder.path()).unwrap_err();
        assert_eq!(refused.exit(), Exit::NotFound);
        let text = refused
            .to_string()
            .replace(folder.path().to_str().unwrap(), "FOLDER");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_folder_gives_its_files_dataset_by_dataset_and_none_besides() {
        let names = [
            "refunds.jsonl",
            "notes.txt",
            "parcels-2.csv",
            "parcels-1.csv",
            "orders.csv",
        ];
        let folder = folder(&names);
        let files = shop().files_in(folder.path()).unwrap();
        let expected = [
            "orders.csv",
            "parcels-1.csv",
            "parcels-2.csv",
            "refunds.jsonl",
        ];
        assert_eq!(files, expected.map(|name| folder.path().join(name)));
    }

    #[test]
    fn a_file_of_two_patterns_is_read_once() {
        let mut mapping = shop();
        mapping.datasets[0].file = "*.csv".to_owned();
        let folder = folder(&["parcels-1.csv", "refunds.jsonl"]);
        assert_eq!(mapping.files_in(folder.path()).unwrap().len(), 2);
    }

    #[test]
    fn datasets_that_get_no_file_are_told_by_their_places() {
        let mapping = shop();
        let told: Vec<_> = mapping
            .missing(&["parcels-1.csv".to_owned()])
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            told,
            [
                "shop.yaml:9:7: spec.datasets[0]: no file `orders.csv`",
                "shop.yaml:49:7: spec.datasets[2]: no file `refunds.jsonl`"
            ]
        );
    }
}
