//! The calendar: seconds, days and fields, and `strftime` in the C locale.
//! Which time it is and which zone the host is in are not known here.

use Fill::{Spaces, Zeros};
use bvm_isa::decimal::Backwards;

/// A broken-down time, with the fields of C's `struct tm` in their natural ranges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tm {
    /// Year, such as 1970.
    pub year: i64,
    /// Month, 0 to 11.
    pub month: u32,
    /// Day of the month, 1 to 31.
    pub day: u32,
    /// Hour, 0 to 23.
    pub hour: u32,
    /// Minute, 0 to 59.
    pub minute: u32,
    /// Second, 0 to 59.
    pub second: u32,
    /// Day of the week, 0 to 6 from Sunday.
    pub weekday: u32,
    /// Day of the year, 0 to 365.
    pub yearday: u32,
    /// Whether daylight saving time is in effect.
    pub dst: bool,
    /// Seconds east of Greenwich.
    pub offset: i32,
    /// What `%s` shows: the seconds since 1970 to which C comes when it takes the fields for a local time.
    pub unix: i64,
}

/// A time as `os.time` is given it: any field may be out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields {
    /// Year, such as 1970.
    pub year: i64,
    /// Month from 1.
    pub month: i32,
    /// Day of the month from 1.
    pub day: i32,
    /// Hour.
    pub hour: i32,
    /// Minute.
    pub minute: i32,
    /// Second.
    pub second: i32,
}

const DAY: i64 = 86_400;
/// Days from 0000-03-01, where the arithmetic below begins its years, to 1970-01-01.
const EPOCH: i64 = 719_468;
/// Days in 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;
/// C keeps the years since 1900 in an `int`.
const YEARS: std::ops::RangeInclusive<i64> = (1900 + i32::MIN as i64)..=(1900 + i32::MAX as i64);

/// Days of a year before each month, without the leap day.
const DAYS_BEFORE: [u32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Days since 1970-01-01 of a date; `month` counts from 1 and may be out of range, as may
/// `day`. Exact while the year is within a million million of ours.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let limit = 1_000_000_000_000;
    let month = month.clamp(-limit, limit) - 1;
    let year = year.clamp(-limit, limit) + month.div_euclid(12);
    // Years begin in March here, so that the leap day is the last.
    let month = month.rem_euclid(12);
    let (year, month) = if month < 2 {
        (year - 1, month + 10)
    } else {
        (year, month - 2)
    };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let days = year * 365 + year / 4 - year / 100 + (153 * month + 2) / 5;
    (era * ERA + days - EPOCH).saturating_add(day.saturating_sub(1))
}

/// Year, month from 1 and day of the month of a day counted from 1970-01-01.
pub fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days.saturating_add(EPOCH);
    let (era, day) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (carry, month) = if month < 10 {
        (0, month + 3)
    } else {
        (1, month - 9)
    };
    (era * 400 + year + carry, month as u32, day as u32)
}

impl Tm {
    /// The time `seconds` after 1970-01-01 00:00:00 UTC, seen `offset` seconds east of
    /// Greenwich. `None` when C's `gmtime` fails because the year does not fit.
    pub fn from_unix(seconds: i64, offset: i32) -> Option<Tm> {
        let local = seconds.checked_add(i64::from(offset))?;
        let (days, clock) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let (year, month, day) = civil_from_days(days);
        if !YEARS.contains(&year) {
            return None;
        }
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let before = DAYS_BEFORE.get(month as usize - 1).copied().unwrap_or(0);
        Some(Tm {
            year,
            month: month - 1,
            day,
            hour: (clock / 3600) as u32,
            minute: (clock / 60 % 60) as u32,
            second: (clock % 60) as u32,
            weekday: (days + 4).rem_euclid(7) as u32,
            yearday: before + day - 1 + u32::from(is_leap && month > 2),
            dst: false,
            offset,
            unix: seconds,
        })
    }
}

/// Brings fields into their ranges as C's `mktime` does, for a place `offset` seconds east of
/// Greenwich: the seconds since 1970 and the time they make. `None` when the year does not
/// fit.
pub fn normalize(fields: &Fields, offset: i32) -> Option<(i64, Tm)> {
    let wide = i64::from;
    let days = days_from_civil(fields.year, wide(fields.month), wide(fields.day));
    let clock = wide(fields.hour) * 3600 + wide(fields.minute) * 60 + wide(fields.second);
    let seconds = days * DAY + clock - wide(offset);
    Some((seconds, Tm::from_unix(seconds, offset)?))
}

/// Appends what Lua 5.1's `os.date` gives: it hands one letter at a time to C, so that modifiers and
/// flags before a conversion are not understood, and its format ends at a zero byte.
pub fn os_date(format: &[u8], tm: &Tm, zone: &[u8], out: &mut Vec<u8>) {
    walk(format, out, |letter, out| convert(letter, tm, zone, out));
}

/// What C's `strftime` gives in the C locale, with `%E` and `%O` before a conversion changing
/// nothing. Of glibc's own flags and widths nothing is understood.
pub fn strftime(format: &[u8], tm: &Tm, zone: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(format.len());
    let mut rest = format;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'%', [b'E' | b'O', letter, tail @ ..] | [letter, tail @ ..]) => {
                convert(*letter, tm, zone, &mut out);
                rest = tail;
            }
            _ => out.push(*first),
        }
    }
    out
}

/// Copies a format up to a zero byte, giving the letters after `%` to `convert`. A `%` at the end is copied.
fn walk(format: &[u8], out: &mut Vec<u8>, mut convert: impl FnMut(u8, &mut Vec<u8>)) {
    let mut rest = format;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (0, _) => return,
            (b'%', [letter, tail @ ..]) if *letter != 0 => {
                convert(*letter, out);
                rest = tail;
            }
            _ => out.push(*first),
        }
    }
}

/// Appends one conversion.
fn convert(letter: u8, tm: &Tm, zone: &[u8], out: &mut Vec<u8>) {
    match composite(letter) {
        Some(format) => walk(format, out, |letter, out| simple(letter, tm, zone, out)),
        None => simple(letter, tm, zone, out),
    }
}

/// Conversions that are short for others.
fn composite(letter: u8) -> Option<&'static [u8]> {
    Some(match letter {
        b'c' => b"%a %b %e %H:%M:%S %Y",
        b'D' | b'x' => b"%m/%d/%y",
        b'F' => b"%Y-%m-%d",
        b'R' => b"%H:%M",
        b'r' => b"%I:%M:%S %p",
        b'T' | b'X' => b"%H:%M:%S",
        _ => return None,
    })
}

/// How a number is filled up, and to which width.
#[derive(Clone, Copy)]
enum Fill {
    Zeros(usize),
    Spaces(usize),
}

/// Appends a conversion that is not short for others; an unknown one stands for itself.
fn simple(letter: u8, tm: &Tm, zone: &[u8], out: &mut Vec<u8>) {
    if let Some((value, fill)) = numeric(letter, tm) {
        if let (Zeros(2), 0..100) = (fill, value) {
            out.extend_from_slice(&[b'0' + value as u8 / 10, b'0' + value as u8 % 10]);
            return;
        }
        let mut text = Backwards::<24>::new();
        text.digits(value.unsigned_abs());
        let (with, width) = match fill {
            Zeros(width) => (b'0', width),
            Spaces(width) => (b' ', width),
        };
        while text.written().len() < width {
            text.byte(with);
        }
        if value < 0 {
            text.byte(b'-');
        }
        out.extend_from_slice(text.written());
        return;
    }
    let half = usize::from(tm.hour >= 12);
    match letter {
        b'a' => out.extend(name(&WEEKDAYS, tm.weekday).bytes().take(3)),
        b'A' => out.extend(name(&WEEKDAYS, tm.weekday).bytes()),
        b'b' | b'h' => out.extend(name(&MONTHS, tm.month).bytes().take(3)),
        b'B' => out.extend(name(&MONTHS, tm.month).bytes()),
        b'n' => out.push(b'\n'),
        b't' => out.push(b'\t'),
        b'%' => out.push(b'%'),
        b'p' => out.extend_from_slice([b"AM", b"PM"][half]),
        b'P' => out.extend_from_slice([b"am", b"pm"][half]),
        b'z' => out.extend_from_slice(zone_offset(tm.offset).as_bytes()),
        b'Z' => out.extend_from_slice(zone),
        // A digit is a width to glibc, which then pads the `%` and the digit themselves.
        b'1'..=b'9' => {
            let spaces = usize::from(letter - b'0').saturating_sub(2);
            out.extend(std::iter::repeat_n(b' ', spaces));
            out.extend_from_slice(&[b'%', letter]);
        }
        _ => out.extend_from_slice(&[b'%', letter]),
    }
}

fn name(names: &[&'static str], index: u32) -> &'static str {
    names.get(index as usize).copied().unwrap_or("?")
}

/// `%z`: hours and minutes east of Greenwich.
fn zone_offset(offset: i32) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.unsigned_abs() / 60;
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}

/// The value of a conversion that is a number.
fn numeric(letter: u8, tm: &Tm) -> Option<(i64, Fill)> {
    let (hour, weekday, yearday) = (
        i64::from(tm.hour),
        i64::from(tm.weekday),
        i64::from(tm.yearday),
    );
    let monday = (weekday + 6) % 7;
    Some(match letter {
        b'C' => (tm.year.div_euclid(100), Zeros(1)),
        b'd' => (i64::from(tm.day), Zeros(2)),
        b'e' => (i64::from(tm.day), Spaces(2)),
        b'g' => (iso_week(tm).0.rem_euclid(100), Zeros(2)),
        b'G' => (iso_week(tm).0, Zeros(1)),
        b'H' => (hour, Zeros(2)),
        b'I' => ((hour + 11) % 12 + 1, Zeros(2)),
        b'j' => (yearday + 1, Zeros(3)),
        b'k' => (hour, Spaces(2)),
        b'l' => ((hour + 11) % 12 + 1, Spaces(2)),
        b'm' => (i64::from(tm.month) + 1, Zeros(2)),
        b'M' => (i64::from(tm.minute), Zeros(2)),
        b's' => (tm.unix, Zeros(1)),
        b'S' => (i64::from(tm.second), Zeros(2)),
        b'u' => (monday + 1, Zeros(1)),
        b'U' => ((yearday + 7 - weekday) / 7, Zeros(2)),
        b'V' => (iso_week(tm).1, Zeros(2)),
        b'w' => (weekday, Zeros(1)),
        b'W' => ((yearday + 7 - monday) / 7, Zeros(2)),
        b'y' => (tm.year.rem_euclid(100), Zeros(2)),
        b'Y' => (tm.year, Zeros(1)),
        _ => return None,
    })
}

/// The ISO 8601 year and week: a week belongs to the year that its Thursday is in.
fn iso_week(tm: &Tm) -> (i64, i64) {
    let monday = i64::from((tm.weekday + 6) % 7);
    let thursday = i64::from(tm.yearday) - monday + 3;
    let days_in = |year: i64| days_from_civil(year, 13, 1) - days_from_civil(year, 1, 1);
    let (year, day) = if thursday < 0 {
        (tm.year - 1, thursday + days_in(tm.year - 1))
    } else if thursday >= days_in(tm.year) {
        (tm.year + 1, thursday - days_in(tm.year))
    } else {
        (tm.year, thursday)
    };
    (year, day / 7 + 1)
}
