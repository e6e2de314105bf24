//! An index is loaded if there is one of these very files, and built otherwise.
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::build::{self, unwritable};
use super::derive;
use super::format::{HEADER, Header, MAGIC, Section};
use super::map::map;
use super::names::Tables;
use super::read::Index;
use super::stamp::Stamp;
use super::write::Writer;
use crate::failure::{Failure, Outcome};
use crate::progress::Progress;
use crate::read::Input;

/// The checksum is taken of parts of this length, on all processors.
const PART: usize = 16 << 20;

/// The index of `inputs`, from beside the first of them if it is there and right.
pub(crate) fn open(inputs: &[Input], progress: &Progress) -> Outcome<Index> {
    let stamps = Stamp::of_all(inputs);
    let path = stamps.as_ref().and_then(|stamps| beside(&stamps.first()?.path));
    if let (Some(stamps), Some(path)) = (&stamps, &path)
        && let Some(index) = load(path, stamps, inputs)
    {
        return Ok(index);
    }
    let (file, name) = match path.as_deref().and_then(writable) {
        Some((file, name)) => (file, Some(name)),
        None => (tempfile::tempfile().map_err(unwritable)?, None),
    };
    let file = build(inputs, stamps.unwrap_or_default(), file, progress)?;
    if let (Some(name), Some(path)) = (name, path) {
        // without a name it serves as well, once
        let _ = name.persist(path);
    }
    from(&file, inputs).map_err(unwritable)?.ok_or_else(|| Failure::at("index", "can't be read again"))
}

/// `FILE.idx`.
fn beside(path: &str) -> Option<PathBuf> {
    let path = PathBuf::from(format!("{path}.idx"));
    let mut mark = Vec::new();
    match File::open(&path) {
        Ok(file) => file.take(MAGIC.len() as u64).read_to_end(&mut mark).ok()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Some(path),
        Err(_) => return None,
    };
    // what is not ours stays
    (mark.is_empty() || mark == MAGIC).then_some(path)
}

/// A file in the folder of `path`, to be renamed to it.
fn writable(path: &Path) -> Option<(File, tempfile::TempPath)> {
    let file =
        tempfile::Builder::new().prefix(".flowtrace-").suffix(".idx").tempfile_in(path.parent()?).ok()?;
    Some(file.into_parts())
}

fn load(path: &Path, stamps: &[Stamp], inputs: &[Input]) -> Option<Index> {
    let index = from(&File::open(path).ok()?, inputs).ok()??;
    (index.names.files == stamps).then_some(index)
}

/// `None` if the file is no whole index.
fn from(file: &File, inputs: &[Input]) -> io::Result<Option<Index>> {
    let mut head = [0; HEADER];
    if file.metadata()?.len() < HEADER as u64 {
        return Ok(None);
    }
    file.read_exact_at(&mut head, 0)?;
    let Some(header) = Header::parse(&head) else { return Ok(None) };
    let bytes = map(file)?;
    if header.len != bytes.len() as u64 || header.checksum != checksum(&bytes[HEADER..]) {
        return Ok(None);
    }
    Ok(Index::new(bytes, &header, inputs))
}

fn build(inputs: &[Input], stamps: Vec<Stamp>, file: File, progress: &Progress) -> Outcome<File> {
    let mut read = build::read(inputs, Writer::new(file), progress)?;
    // of several files, nobody knows where a run ends
    let begins: Vec<u64> = match inputs {
        [input] => input.runs()?.into_iter().map(|run| run.start).collect(),
        _ => Vec::new(),
    };
    let is_packed = !read.texts.is_empty();
    write(&mut read, stamps, if is_packed { &[] } else { &begins }).map_err(unwritable)?;
    let calls = read.chunks.calls;
    read.out.finish(calls, |file| Ok(checksum(&map(file)?[HEADER..]))).map_err(unwritable)
}

fn write(read: &mut build::Read, stamps: Vec<Stamp>, runs: &[u64]) -> io::Result<()> {
    let (tracks, runs) = derive::write(read, runs)?;
    let names = serde_json::to_vec(&Tables::new(read, &tracks, runs, stamps))?;
    read.out.section(Section::Names, names.into_iter().map(|byte| [byte]))?;
    read.out.section(Section::Chunks, read.chunks.places.iter().map(|place| place.to_le_bytes()))?;
    read.out.section(Section::Texts, read.texts.iter().flatten().map(|word| word.to_le_bytes()))?;
    read.out.section(Section::Counts, read.missing.iter().map(|(missing, parent)| missing.bytes(*parent)))?;
    read.out.section(Section::Losses, read.gaps.iter().map(super::scan::Gap::bytes))
}

/// A checksum of the parts' checksums.
fn checksum(bytes: &[u8]) -> u32 {
    let parts: Vec<_> = bytes.chunks(PART).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut sums = vec![0_u32; parts.len()];
    let share = parts.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        for (sums, parts) in sums.chunks_mut(share).zip(parts.chunks(share)) {
            scope.spawn(move || {
                for (sum, part) in sums.iter_mut().zip(parts) {
                    *sum = crc32fast::hash(part);
                }
            });
        }
    });
    let mut all = crc32fast::Hasher::new();
    for sum in sums {
        all.update(&sum.to_le_bytes());
    }
    all.finalize()
}
