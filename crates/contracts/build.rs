//! Compiles the protos with protox, so that nobody installs protoc.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new("../../proto");
    let mut protos = Vec::new();
    collect(&root.join("orderwatch"), &mut protos)?;
    protos.sort();
    println!("cargo:rerun-if-changed={}", root.display());

    let descriptors = protox::compile(&protos, [root])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    tonic_prost_build::configure()
        .build_transport(true)
        .file_descriptor_set_path(out.join("orderwatch.bin"))
        .compile_fds(descriptors.clone())?;
    fs::write(
        out.join("orderwatch.bin"),
        prost::Message::encode_to_vec(&descriptors),
    )?;
    Ok(())
}

fn collect(folder: &Path, protos: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, protos)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "proto")
        {
            protos.push(path);
        }
    }
    Ok(())
}
