//! Blocks are read back to the byte, or what is damaged of them is passed over and counted.
use std::io::{self, Read};

use super::block::{self, Contents, HEADER, MAGIC, of_line};
use super::writer::Writer;
use super::{Compression, Damage, Lines};
use crate::record::dictionary::{Dictionary, Function};
use crate::record::encode::{self, Head};
use crate::record::halves::mix;
use crate::record::{Event, UNNAMED, kind};
use crate::render::Renderer;
use crate::ring::note::Place;
use crate::text::Text;

const ALL: &[Compression] = &[
    Compression::None,
    Compression::Lz4,
    #[cfg(feature = "zstd")]
    Compression::Zstd,
];

fn dictionary() -> Vec<u8> {
    let mut dictionary = Dictionary::new(7);
    let function = Function { module: "shop", name: "buy", source: "src/shop.rs:1" };
    assert_eq!(dictionary.add_callsite(function, ["id", "what"].into_iter()), Ok(0));
    dictionary.entries().concat()
}

/// The record of a call that begins, and its kind.
fn a_record(n: u64) -> (u8, Vec<u8>) {
    let mut record = Text::new();
    let head = Head {
        event: Event::Enter,
        callsite: 0,
        thread: UNNAMED | 3,
        time: 1_700_000_000_000_000_000 + n,
        span: mix(n),
        parent: n,
        trace: mix(n >> 4),
        wide: None,
        nanos: 0,
    };
    let kind = head.write(&mut record);
    encode::unsigned(&mut record, n);
    encode::string(&mut record, &"é".repeat(usize::try_from(n % 50).expect("small")));
    (kind, record.as_bytes().to_vec())
}

/// So many records as they stand in a block, and their lines as the renderer makes them.
fn records(range: std::ops::Range<u64>) -> (Vec<u8>, Vec<u8>) {
    let (mut records, mut lines, mut renderer) = (Vec::new(), Vec::new(), Renderer::new());
    renderer.learn(&dictionary());
    for n in range {
        let (kind, payload) = a_record(n);
        assert!(block::push(kind, &payload, &mut records));
        renderer.render(kind, &payload, &mut lines).expect("a record");
    }
    (records, lines)
}

/// Blocks of ten records each, the dictionary in the first, and the lines of each.
fn blocks(count: u64, compression: Compression) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut writer = Writer::new(compression, 1);
    writer.learn(|_, out| out.extend(dictionary()));
    let blocks = (0..count).map(|n| {
        let (records, lines) = records(n * 10..n * 10 + 10);
        let block = writer.block(&records, 10, n, None).to_vec();
        writer.written();
        (block, lines)
    });
    blocks.collect()
}

fn read(source: impl Read) -> (Vec<u8>, Damage) {
    let (mut lines, mut text) = (Lines::new(source), Vec::new());
    lines.read_to_end(&mut text).expect("lines");
    (text, lines.damage())
}

fn concat<'a>(parts: impl IntoIterator<Item = &'a Vec<u8>>) -> Vec<u8> {
    parts.into_iter().flatten().copied().collect()
}

/// A reader that gives a byte at a time.
struct Slowly<'a>(&'a [u8]);

impl Read for Slowly<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let len = into.len().min(1);
        self.0.read(&mut into[..len])
    }
}

#[test]
fn the_lines_are_those_that_the_renderer_makes() {
    for compression in ALL {
        let blocks = blocks(20, *compression);
        let file = concat(blocks.iter().map(|(block, _)| block));
        let lines = concat(blocks.iter().map(|(_, lines)| lines));
        assert_eq!(read(&file[..]), (lines.clone(), Damage::default()), "{compression}");
        assert_eq!(read(Slowly(&file)), (lines, Damage::default()), "{compression}");
    }
}

#[test]
fn compression_makes_blocks_smaller_and_never_larger() {
    let sizes: Vec<_> = ALL.iter().map(|with| blocks(1, *with)[0].0.len()).collect();
    assert!(sizes.is_sorted_by(|a, b| a > b), "{sizes:?}");
    // what can't be made smaller stays as it is
    let noise: Vec<u8> = (0..1000).flat_map(|n| mix(n).to_le_bytes()).collect();
    for with in ALL {
        let mut out = Vec::new();
        Contents { records: &noise, ..Contents::default() }.write(*with, &mut out);
        assert_eq!(out.len(), HEADER + noise.len(), "{with}");
    }
}

#[test]
fn a_flipped_bit_costs_its_own_block_and_is_told() {
    for compression in ALL {
        let blocks = blocks(3, *compression);
        let [first, middle, last] = &blocks[..] else { unreachable!("three blocks") };
        // each bit of the header, one of each byte of the body
        for bit in (0..HEADER * 8).chain((HEADER..middle.0.len()).map(|at| at * 8 + at % 8)) {
            let mut damaged = middle.0.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let (text, damage) = read(&concat([&first.0, &damaged, &last.0])[..]);
            assert_eq!(text, concat([&first.1, &last.1]), "{compression}, bit {bit}");
            let (first, bytes) = (first.0.len() as u64, middle.0.len() as u64);
            assert_eq!(damage, Damage { places: 1, bytes, first, ..Damage::default() }, "bit {bit}");
        }
    }
}

#[test]
fn a_file_that_is_cut_anywhere_gives_what_is_whole() {
    for compression in ALL {
        let blocks = blocks(2, *compression);
        let file = concat(blocks.iter().map(|(block, _)| block));
        let first = blocks[0].0.len();
        for len in (0..file.len()).filter(|len| len % 7 < 2 || *len < 2 * HEADER) {
            let (text, damage) = read(&file[..len]);
            let whole = if len < first { &Vec::new() } else { &blocks[0].1 };
            assert_eq!(&text, whole, "{compression}, {len}");
            let is_torn = len != 0 && len != first;
            assert_eq!((damage.is_torn, damage.is_none()), (is_torn, !is_torn), "{compression}, {len}");
        }
    }
}

#[test]
fn what_stands_between_blocks_is_passed_over() {
    let blocks = blocks(2, Compression::None);
    // half a block in the midst, whose body would reach over the next
    let torn = blocks[1].0[..HEADER + 5].to_vec();
    let text = b"of another program\n".to_vec();
    for between in [&torn, &text, &MAGIC.to_vec(), &MAGIC[..3].to_vec()] {
        let file = concat([&blocks[0].0, between, &blocks[1].0, between]);
        let (lines, damage) = read(&file[..]);
        assert_eq!(lines, concat([&blocks[0].1, &blocks[1].1]));
        assert_eq!((damage.places, damage.bytes, damage.is_torn), (2, 2 * between.len() as u64, true));
    }
}

#[test]
fn records_whose_dictionary_is_missing_are_counted_and_not_misread() {
    let blocks = blocks(2, Compression::None);
    let (text, damage) = read(&blocks[1].0[..]);
    assert_eq!((text, damage), (Vec::new(), Damage { records: 10, ..Damage::default() }));
    // the same numbers mean something else to another process
    let mut other = Vec::new();
    let (records, _) = records(0..10);
    Contents { session: 2, records: &records, count: 10, ..Contents::default() }
        .write(Compression::None, &mut other);
    let (text, damage) = read(&concat([&blocks[0].0, &other, &blocks[1].0])[..]);
    assert_eq!((text, damage.records), (concat([&blocks[0].1, &blocks[1].1]), 10));
}

#[test]
fn each_file_and_one_that_was_cut_begins_with_the_dictionary() {
    let mut writer = Writer::new(Compression::None, 1);
    writer.learn(|_, out| out.extend(dictionary()));
    let (records, lines) = records(0..10);
    let mut block = |inode, offset| {
        let place = Place { device: 1, inode, offset };
        let block = writer.block(&records, 10, 1, Some(place)).to_vec();
        writer.written();
        block
    };
    let first = block(1, 0);
    let second = block(1, first.len() as u64);
    assert!(second.len() < first.len());
    for whole in [block(2, 0), block(2, 10)] {
        assert_eq!(read(&whole[..]), (lines.clone(), Damage::default()));
    }
}

#[test]
fn a_block_that_was_not_written_is_made_again_with_all_it_needs() {
    let mut writer = Writer::new(Compression::None, 1);
    writer.learn(|_, out| out.extend(dictionary()));
    let (records, lines) = records(0..10);
    let place = Some(Place { device: 1, inode: 1, offset: 0 });
    let first = writer.block(&records, 10, 1, place).to_vec();
    assert_eq!(writer.block(&records, 10, 1, place), first);
    assert_eq!(read(&first[..]), (lines, Damage::default()));
}

#[test]
fn a_line_is_a_block_of_its_own() {
    let line = b"{\"timestamp\":1,\"event\":\"LOST\"}\n";
    assert_eq!(read(&of_line(line)[..]), (line.to_vec(), Damage::default()));
    let mut records = Vec::new();
    assert!(block::push(kind::LINE, line, &mut records) && records.len() == 4 + 32);
}

#[test]
fn another_version_and_another_byte_order_are_refused_by_name() {
    let refused = |at: usize, value: u8| {
        let mut block = blocks(1, Compression::None).remove(0).0;
        block[at] = value;
        let sum = crc32fast::hash(&block[..48]).to_le_bytes();
        block[48..HEADER].copy_from_slice(&sum);
        Lines::new(&block[..]).read_to_end(&mut Vec::new()).expect_err("refused").to_string()
    };
    assert!(refused(7, 2).contains("version 2 of the compact format"));
    assert!(refused(41, 2).contains("another byte order"));
}

/// Whatever the bytes are, nothing panics, and what is claimed to be large gets no memory for it.
#[test]
fn noise_is_no_line() {
    for round in 0..200_u64 {
        let noise: Vec<u8> = (0..200).flat_map(|n| mix(round << 10 | n).to_le_bytes()).collect();
        let (text, damage) = read(&noise[..]);
        assert_eq!((text.len(), damage.bytes), (0, 1600));
        let mut block = Vec::new();
        Contents { records: &noise, definitions: &noise[..24], count: 9, ..Contents::default() }
            .write(Compression::None, &mut block);
        // a body of noise below a sound header
        for compression in 0..4 {
            block[40] = compression;
            block[12..16].copy_from_slice(&(1_u32 << 29).to_le_bytes());
            let sum = crc32fast::hash(&block[..48]).to_le_bytes();
            block[48..HEADER].copy_from_slice(&sum);
            assert_eq!(read(&block[..]).0, b"", "{round}, {compression}");
        }
    }
}
