//! More regions than the system has mappings for. A file of its own, because it uses up those of the process.
#![cfg(target_os = "linux")]

use bvm_cage::{Image, Region};

#[test]
fn fifty_thousand_regions_live_at_once() {
    let mut first = Region::with_span((), 20).expect("address space");
    let span = first.span();
    let image = first.enter(|cage| {
        cage.store(0x1000, 1u64);
        cage.store(0x8000, 2u64);
        Image::of(cage, span, ((0x8000, 8), &[]), &[(0x1000, 8)])
    });
    let regions = (0..50_000u32).map(|_| Region::from_image((), &image));
    let mut regions: Vec<_> = regions.collect::<Result<_, _>>().expect("address space");
    for (i, region) in (0..).zip(&mut regions) {
        region.enter(|cage| {
            assert_eq!(cage.load::<u64>(0x1000), 1);
            assert_eq!(cage.load::<u64>(0x8000), 2);
            cage.store::<u64>(0x8000, i);
        });
    }
    for (i, region) in (0..).zip(&regions) {
        assert_eq!(region.peek(|cage| cage.load::<u64>(0x8000)), i);
    }
}
