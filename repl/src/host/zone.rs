//! The local time zone.

use bvm_vm::Word;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Seconds of 400 years, after which the calendar repeats, days of the week included.
const PERIOD: i64 = 146_097 * 86_400;

/// Offset from UTC in seconds at a moment, whether daylight saving is on, and the zone's name.
pub fn at(seconds: i64) -> Vec<Word> {
    let zone = TimeZone::system();
    let least = Timestamp::MIN.as_second();
    let most = Timestamp::MAX.as_second();
    // The rules of a zone repeat with the calendar; before its first year nothing changes any more.
    let beyond = seconds.saturating_sub(most).max(0);
    let seconds = seconds - (beyond + PERIOD - 1) / PERIOD * PERIOD;
    let moment = Timestamp::from_second(seconds.max(least)).unwrap_or_default();
    let info = zone.to_offset_info(moment);
    let name = match info.abbreviation() {
        // The zone of a system without any is UTC, which C calls so.
        "Etc/Unknown" | "" => "UTC",
        name => name,
    };
    vec![
        Word::Int(i64::from(info.offset().seconds())),
        Word::Bool(info.dst().is_dst()),
        Word::Bytes(name.as_bytes().to_vec()),
    ]
}
