//! Regions that come one after the other in the same place know nothing of each other.

use bvm_cage::{Image, Region, SLACK};

const MIB: u32 = 1 << 20;

/// An image with a bulk of `len` bytes at 1 MiB, some of it busy, and some bytes elsewhere.
fn image(bits: u32, len: u32, seed: u64) -> Image {
    let mut first = Region::with_span((), bits).expect("address space");
    let span = first.span();
    first.enter(|cage| {
        for at in (0..len).step_by(8) {
            cage.store(MIB + at, u64::from(at) * seed);
        }
        cage.store(0x1000, seed);
        cage.store(0x5ff8, !seed);
        Image::of(
            cage,
            span,
            ((MIB, len), &[]),
            &[(0x1000, 64), (0x5000, 0x2000)],
        )
    })
}

fn from(image: &Image) -> Region<()> {
    Region::from_image((), image).expect("address space")
}

/// All bytes of a region, and the word below it.
fn whole(region: &Region<()>) -> (Vec<u8>, u64) {
    region.peek(|cage| {
        let all = cage.bytes(0, u32::MAX);
        (all.to_vec(), cage.below(cage.window(0)))
    })
}

#[test]
fn no_byte_of_a_region_is_left_for_the_next() {
    let image = image(23, 5 * MIB / 2, 7);
    let fresh = whole(&from(&image));
    assert_eq!(fresh.0.len(), (1 << 23) + SLACK);
    for round in 0..4u8 {
        let mut region = from(&image);
        assert!(whole(&region) == fresh, "round {round}");
        region.enter(|cage| {
            cage.bytes_mut(0, u32::MAX).fill(0xa0 + round);
            let start = cage.window(0);
            cage.set_below(start, u64::MAX);
        });
        // A second one beside it has no part in this.
        assert!(whole(&from(&image)) == fresh, "round {round}");
    }
}

#[test]
fn far_bytes_are_forgotten() {
    let image = image(32, 100_000, 5);
    let span = image.span();
    let places = || (1..span / u64::from(MIB)).map(|i| (i * u64::from(MIB) * 3 + 4000 * i) as u32);
    for _ in 0..3 {
        let mut region = from(&image);
        region.enter(|cage| {
            for at in places().chain([u32::MAX - 20, u32::MAX]) {
                let is_bulk = (MIB..MIB + 100_000).contains(&at);
                assert!(is_bulk || cage.load::<u64>(at) == 0, "{at:#x}");
                cage.store(at, u64::MAX);
                cage.set_reg(cage.window(u32::MAX), 255, u64::MAX);
            }
        });
    }
}

#[test]
fn places_serve_other_images() {
    let images = [
        image(24, 100_000, 3),
        image(24, 5000, 9),
        image(24, 900_000, 11),
    ];
    let fresh = images.each_ref().map(|image| whole(&from(image)));
    for round in 0..6 {
        for (image, fresh) in images.iter().zip(&fresh) {
            let mut region = from(image);
            assert!(whole(&region) == *fresh, "round {round}");
            region.enter(|cage| {
                // The system keeps this in mind, so the place is made anew.
                cage.expect_dense(2 * MIB, 8 * MIB);
                let before = cage.bytes(0, u32::MAX).to_vec();
                cage.commit(5, 4 * MIB);
                assert!(cage.bytes(0, u32::MAX) == before);
                cage.bytes_mut(0, u32::MAX).fill(0xee);
            });
        }
    }
}

#[test]
fn regions_are_made_and_dropped_by_many_threads() {
    let image = image(22, 50_000, 13);
    let fresh = whole(&from(&image));
    std::thread::scope(|scope| {
        for thread in 0..4u8 {
            let (image, fresh) = (&image, &fresh);
            scope.spawn(move || {
                for _ in 0..50 {
                    let mut regions = [from(image), from(image), from(image)];
                    for region in &mut regions {
                        assert!(whole(region) == *fresh);
                        region.enter(|cage| cage.bytes_mut(0, u32::MAX).fill(thread + 1));
                    }
                }
            });
        }
    });
}
