//! What will be sent: the mapping, checked against the files it meets.

use std::path::{Path, PathBuf};

use contracts::fact::v1::SourceDeclaration;
use contracts::ingest::v1::{Dataset, TextEncoding};

use super::checker::Checker;
use super::mapping::Mapping;
use crate::failure::Failure;
use crate::progress::note;
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
    /// Checks a mapping against files, which need not be all that it knows.
    ///
    /// # Errors
    ///
    /// A mapping with faults, a file that the mapping does not know, or a
    /// missing column.
    pub(crate) async fn of_files(
        checker: &Checker<'_>,
        mapping: &Path,
        files: &[PathBuf],
    ) -> Result<Self, Failure> {
        let mapping = Mapping::read(checker, mapping).await?;
        Self::new(checker, mapping, files).await
    }

    /// Checks a mapping against every file of a folder that it knows.
    ///
    /// # Errors
    ///
    /// As [`Plan::of_files`], and datasets of the mapping without a file.
    pub(crate) async fn of_folder(
        checker: &Checker<'_>,
        mapping: &Path,
        folder: &Path,
    ) -> Result<Self, Failure> {
        let mapping = Mapping::read(checker, mapping).await?;
        let files = mapping.files_in(folder)?;
        Self::new(checker, mapping, &files).await
    }

    async fn new(
        checker: &Checker<'_>,
        mapping: Mapping,
        paths: &[PathBuf],
    ) -> Result<Self, Failure> {
        let files = paths
            .iter()
            .map(|path| PlannedFile::of(&mapping, path))
            .collect::<Result<Vec<_>, _>>()?;
        let names: Vec<String> = files.iter().map(|file| file.dataset.clone()).collect();
        let columns = files.iter().map(PlannedFile::columns).collect();
        let sources = mapping.fit(checker, columns).await?;
        for missing in mapping.missing(&names) {
            note(&format!(
                "{missing} among those given: nothing is imported for it"
            ));
        }
        Ok(Self {
            mapping_yaml: mapping.into_yaml(),
            files,
            sources,
        })
    }

    pub(crate) fn size_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size_bytes).sum()
    }
}

impl PlannedFile {
    fn of(mapping: &Mapping, path: &Path) -> Result<Self, Failure> {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let dataset = mapping.dataset_of(path, &name)?;
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
        Ok(Self {
            path: path.to_owned(),
            dataset: name,
            format,
            encoding: dataset.encoding(),
            columns,
            size_bytes: size.len(),
        })
    }

    /// What the checker is told of it.
    fn columns(&self) -> Dataset {
        Dataset {
            name: self.dataset.clone(),
            columns: self.columns.clone(),
        }
    }
}
