//! What a region promises whoever uses it.

use bvm_cage::{Image, Region, SLACK};

#[test]
fn every_offset_is_inside() {
    for bits in [16, 24] {
        let mut region = Region::with_span((), bits).expect("address space");
        region.enter(|cage| {
            for off in [0, 1, 65_535, 65_536, 1 << 24, u32::MAX - 7, u32::MAX] {
                cage.store(off, 0x0102_0304_0506_0708_u64);
                assert_eq!(cage.load::<u64>(off), 0x0102_0304_0506_0708);
                let window = cage.window(off);
                cage.set_reg(window, 255, 9.5f64);
                assert_eq!(cage.reg::<f64>(window, 255), 9.5);
                cage.set_below(window, 3u64);
                assert_eq!(cage.below::<u64>(window), 3);
                assert!(cage.bytes(off, u32::MAX).len() <= (1 << bits) + SLACK);
                cage.copy(off, off.wrapping_add(3), 100_000);
            }
        });
    }
}

#[test]
fn host_data_lives_and_dies_with_the_region() {
    let shared = std::sync::Arc::new(5);
    let mut region = Region::with_span(shared.clone(), 16).expect("address space");
    region.enter(|cage| assert_eq!(**cage.host(), 5));
    assert_eq!(std::sync::Arc::strong_count(&shared), 2);
    drop(region);
    assert_eq!(std::sync::Arc::strong_count(&shared), 1);
}

#[test]
fn regions_begin_with_their_image() {
    let mut first = Region::with_span((), 20).expect("address space");
    let span = first.span();
    first.enter(|cage| {
        cage.store(0x1000, 1u64);
        cage.store(0x9ff8, 2u64);
        cage.store(0xf_0000, 3u64);
    });
    let image = first.peek(|cage| {
        Image::of(
            cage,
            span,
            ((0x8000, 0x8000), &[]),
            &[(0x1000, 8), (0xf_0000, 8)],
        )
    });
    let whole = |region: &Region<()>| region.peek(|cage| cage.bytes(0, 1 << 20).to_vec());
    let before = whole(&first);
    let mut second = Region::from_image((), &image).expect("address space");
    assert!(whole(&second) == before);
    // What one region writes is neither in another one nor in the image.
    second.enter(|cage| cage.bytes_mut(0, 1 << 20).fill(0xaa));
    first.enter(|cage| cage.bytes_mut(0, 1 << 20).fill(0xbb));
    drop(first);
    drop(second);
    let third = Region::from_image((), &image).expect("address space");
    assert!(whole(&third) == before);
}
