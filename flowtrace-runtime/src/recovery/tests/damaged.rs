//! No damage to a ring makes a line that was never written.
use super::*;
use crate::ring::header::{Header, WORD};

#[expect(clippy::cast_possible_truncation, reason = "it is small")]
const DICTIONARY: usize = HEADER as usize;

/// Where the record at a position stands in the file.
fn place(at: u64) -> usize {
    RECORDS + usize::try_from(at % CAPACITY).expect("small")
}

/// Where so many lines stand, and the ring with them.
fn rings(count: u64) -> (Vec<u64>, Setup) {
    let setup = Setup::new();
    let places = (0..count).map(|n| {
        let at = setup.ring.tail();
        setup.push(&line(n));
        at
    });
    (places.collect(), setup)
}

/// The headers of the lines at these places.
fn headers(image: &[u8], places: &[u64]) -> Vec<u8> {
    places.iter().flat_map(|at| image[place(*at)..][..8].to_vec()).collect()
}

#[test]
fn no_damage_makes_a_broken_line() {
    let setup = Setup::new();
    (0..60).for_each(|n| setup.push(&line(n)));
    let mut image = setup.image();
    let known = lines(0..60);
    // what lies between holds the ends of paths, zeros
    for at in (0..640).chain(1024..1100).chain(RECORDS..image.len()) {
        for damage in [0x01, 0x80, 0xff] {
            image[at] ^= damage;
            let left = scan(&image);
            image[at] ^= damage;
            let Some(left) = left else { continue };
            let text = text(&left);
            let found = text.split_inclusive('\n');
            // at most the line that was hit reads otherwise, and it is still JSON
            assert!(found.clone().all(|line| is_line(line.as_bytes())), "{at}");
            assert!(found.filter(|line| !known.contains(line)).count() <= 1, "{at}");
        }
    }
}

#[test]
fn random_bytes_are_no_lines() {
    let setup = Setup::new();
    let mut bytes = setup.image();
    for round in 0..200_u64 {
        let noise = |at: usize| u8::try_from(mix((round << 20) | at as u64) >> 56).unwrap();
        // the control block and the records; who it belongs to is left
        for at in (128..1024).chain(RECORDS..bytes.len()) {
            bytes[at] = noise(at);
        }
        assert_eq!(text(&scan(&bytes).expect("a ring")), "");
    }
    assert_eq!(scan(&bytes[..4096]), None);
    assert_eq!(scan(b"flowtrace ring 3"), None);
}

#[test]
fn a_payload_full_of_headers_is_no_record_when_its_own_is_missing() {
    let (places, setup) = rings(4);
    let marks = [0xff; 64];
    // as the ring's own: of other places, of the laps before and after, and with another key
    let copied = headers(&setup.image(), &places).repeat(3);
    let at = setup.ring.tail();
    let other = |add: u64, key: u64| -> Vec<u8> {
        let header = Header { kind: LINE, len: 8 };
        (0..12).flat_map(|n| header.word(at.wrapping_add(add) + n * WORD, key).to_ne_bytes()).collect()
    };
    let laps = [other(CAPACITY, KEY), other(CAPACITY.wrapping_neg(), KEY), other(8, KEY ^ 8)];
    // a whole record from another place, and the bytes of a line
    let record = setup.image()[place(places[1])..place(places[2])].to_vec();
    let payloads = laps.iter().map(Vec::as_slice).chain([&marks[..], &copied, &record]);
    for payload in payloads {
        let (_, setup) = rings(4);
        let at = setup.ring.tail();
        setup.commit(payload);
        setup.push(&line(4));
        let mut image = setup.image();
        image[place(at)..][..8].fill(0);
        let left = scan(&image).expect("a ring");
        assert_eq!((text(&left), torn(&left)), (lines(0..5), 1));
    }
}

#[test]
fn a_header_with_a_flipped_bit_costs_its_own_line_alone() {
    let (places, setup) = rings(8);
    let mut image = setup.image();
    for (n, at) in (0..).zip(&places) {
        for bit in 0..64 {
            let byte = place(*at) + bit / 8;
            image[byte] ^= 1 << (bit % 8);
            let left = scan(&image).expect("a ring");
            image[byte] ^= 1 << (bit % 8);
            assert_eq!((text(&left), left.lost()), (lines(0..n) + &lines(n + 1..8), 1), "{n}, {bit}");
        }
    }
}

#[test]
fn a_ring_that_was_cut_is_none() {
    let image = rings(8).1.image();
    for len in (0..image.len()).step_by(777).chain([DICTIONARY, RECORDS, image.len() - 1]) {
        assert_eq!(scan(&image[..len]), None, "{len}");
    }
}

#[test]
fn a_dictionary_of_noise_costs_no_line() {
    let image = rings(8).1.image();
    let defined = std::mem::offset_of!(crate::ring::Control, defined);
    for length in [0, 1, 1000, u64::MAX] {
        let mut image = image.clone();
        image[defined..][..8].copy_from_slice(&length.to_ne_bytes());
        for (at, byte) in (0..).zip(&mut image[DICTIONARY..RECORDS]) {
            *byte = (mix(at ^ length) >> 56) as u8;
        }
        let left = scan(&image).expect("a ring");
        assert_eq!((text(&left), left.lost()), (lines(0..8), 0));
    }
}
