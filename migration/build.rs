//! Lists the sources of all migrations, so that a check can point to a line of one, and read the exceptions
//! in it, wherever the program runs.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut list = String::from("&[\n");
    for folder in sorted(&root.join("src"))? {
        if !folder.is_dir() {
            continue;
        }
        for path in sorted(&folder)? {
            let (Some(set), Some(migration)) = (
                folder.file_name().and_then(|n| n.to_str()),
                path.file_stem().and_then(|n| n.to_str()),
            ) else {
                continue;
            };
            if !migration.starts_with("m2") {
                continue;
            }
            let file = format!("src/{set}/{migration}.rs");
            let _ = writeln!(
                list,
                "Source {{ set: {set:?}, migration: {migration:?}, path: {:?}, \
                 text: include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {:?})) }},",
                format!("migration/{file}"),
                format!("/{file}"),
            );
        }
    }
    list.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("sources.rs"), list)
}
