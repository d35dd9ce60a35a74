//! What will be sent: the mapping, checked against the files it meets.

use std::path::{Path, PathBuf};

use contracts::fact::v1::SourceDeclaration;
use contracts::ingest::v1::{
    CheckMappingRequest, CheckMappingResponse, Dataset, Diagnostic, MappedDataset, TextEncoding,
};

use crate::connection::{Connection, Service};
use crate::failure::{Exit, Failure};
use crate::records::{self, Format};

/// A mapping and the files it is for.
pub(crate) struct Plan {
    pub(crate) mapping_yaml: String,
    pub(crate) files: Vec<PlannedFile>,
    pub(crate) sources: Vec<SourceDeclaration>,
}

/// One file, and how it is cut.
pub(crate) struct PlannedFile {
    pub(crate) path: PathBuf,
    /// Name by which the mapping knows it.
    pub(crate) dataset: String,
    pub(crate) format: Format,
    pub(crate) encoding: TextEncoding,
    pub(crate) columns: Vec<String>,
    pub(crate) size_bytes: u64,
}

impl Plan {
    /// Checks a mapping against files.
    ///
    /// # Errors
    ///
    /// A mapping with faults, a file that the mapping does not know, or a
    /// missing column.
    pub(crate) async fn of_files(
        connection: &Connection,
        mapping: &Path,
        files: &[PathBuf],
    ) -> Result<Self, Failure> {
        Mapping::read(connection, mapping)
            .await?
            .plan(connection, files)
            .await
    }

    /// Checks a mapping against every file of a folder that it knows.
    ///
    /// # Errors
    ///
    /// As [`Plan::of_files`], and a dataset of the mapping without a file.
    pub(crate) async fn of_folder(
        connection: &Connection,
        mapping: &Path,
        folder: &Path,
    ) -> Result<Self, Failure> {
        let mapping = Mapping::read(connection, mapping).await?;
        let files = mapping.files_in(folder)?;
        mapping.plan(connection, &files).await
    }

    pub(crate) fn size_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size_bytes).sum()
    }
}

struct Mapping {
    path: PathBuf,
    yaml: String,
    datasets: Vec<MappedDataset>,
}

impl Mapping {
    async fn read(connection: &Connection, path: &Path) -> Result<Self, Failure> {
        let yaml =
            std::fs::read_to_string(path).map_err(|error| Failure::file(path, "read", &error))?;
        let answer = check(connection, &yaml, Vec::new()).await?;
        accept(path, &answer.diagnostics)?;
        Ok(Self {
            path: path.to_owned(),
            yaml,
            datasets: answer.datasets,
        })
    }

    fn files_in(&self, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
        let listing =
            std::fs::read_dir(folder).map_err(|error| Failure::file(folder, "read", &error))?;
        let mut names: Vec<String> = Vec::new();
        for entry in listing {
            let entry = entry.map_err(|error| Failure::file(folder, "read", &error))?;
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        let mut files = Vec::new();
        for dataset in &self.datasets {
            let found: Vec<_> = names
                .iter()
                .filter(|name| matches(&dataset.file, name))
                .collect();
            if found.is_empty() {
                return Err(Failure::new(
                    Exit::NotFound,
                    format!("{} has no file {}", folder.display(), dataset.file),
                )
                .at(self.path.display().to_string())
                .remedy("name the folder that holds every file of the mapping"));
            }
            files.extend(found.into_iter().map(|name| folder.join(name)));
        }
        Ok(files)
    }

    async fn plan(self, connection: &Connection, paths: &[PathBuf]) -> Result<Plan, Failure> {
        let files = paths
            .iter()
            .map(|path| self.file(path))
            .collect::<Result<Vec<_>, _>>()?;
        let columns = files
            .iter()
            .map(|file| Dataset {
                name: file.dataset.clone(),
                columns: file.columns.clone(),
            })
            .collect();
        let mut answer = check(connection, &self.yaml, columns).await?;
        // Some of the mapping's files alone are welcome.
        answer
            .diagnostics
            .retain(|fault| !fault.path.ends_with(".file"));
        accept(&self.path, &answer.diagnostics)?;
        Ok(Plan {
            mapping_yaml: self.yaml,
            files,
            sources: answer.sources,
        })
    }

    fn file(&self, path: &Path) -> Result<PlannedFile, Failure> {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let dataset = self
            .datasets
            .iter()
            .find(|dataset| matches(&dataset.file, &name))
            .ok_or_else(|| self.unknown_file(path))?;
        let format = match dataset.format.as_str() {
            "jsonl" => Format::JsonLines,
            _ => Format::Csv,
        };
        let size = std::fs::metadata(path).map_err(|error| Failure::file(path, "read", &error))?;
        let columns = match format {
            Format::Csv => records::header(path, dataset.encoding())
                .map_err(|error| Failure::file(path, "read", &error))?,
            Format::JsonLines => Vec::new(),
        };
        Ok(PlannedFile {
            path: path.to_owned(),
            dataset: name,
            format,
            encoding: dataset.encoding(),
            columns,
            size_bytes: size.len(),
        })
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
}

async fn check(
    connection: &Connection,
    yaml: &str,
    datasets: Vec<Dataset>,
) -> Result<CheckMappingResponse, Failure> {
    let request = CheckMappingRequest {
        mapping_yaml: yaml.to_owned(),
        datasets,
    };
    connection
        .insist(
            Service::Ingest,
            &connection.ingest(),
            request,
            async |mut client, request| client.check_mapping(request).await,
        )
        .await
}

fn accept(path: &Path, diagnostics: &[Diagnostic]) -> Result<(), Failure> {
    if diagnostics.is_empty() {
        Ok(())
    } else {
        Err(refused(path, diagnostics))
    }
}

fn refused(path: &Path, diagnostics: &[Diagnostic]) -> Failure {
    let path = path.display();
    let what = format!("the mapping {path} cannot be used; nothing was sent");
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
        insta::assert_snapshot!(refused(Path::new("olist.yaml"), &[fault]));
    }
}
