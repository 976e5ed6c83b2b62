//! The calendar and `strftime`.

use bvm_text::{Fields, Tm, civil_from_days, days_from_civil, normalize, os_date, strftime};
use proptest::prelude::*;

/// 2024-12-30 15:04:05 UTC, a Monday in the first ISO week of 2025.
const MOMENT: i64 = 1_735_571_045;

fn shown(format: &str) -> String {
    let tm = Tm::from_unix(MOMENT, 0).expect("an ordinary time");
    String::from_utf8(strftime(format.as_bytes(), &tm, b"GMT")).expect("ASCII")
}

/// The way back from a time to the seconds since 1970.
fn unix(tm: &Tm) -> i64 {
    let small = |n: u32| n as i32;
    let fields = Fields {
        year: tm.year,
        month: small(tm.month) + 1,
        day: small(tm.day),
        hour: small(tm.hour),
        minute: small(tm.minute),
        second: small(tm.second),
    };
    let (seconds, _) = normalize(&fields, tm.offset).expect("it has been made of seconds");
    seconds
}

#[test]
fn conversions_are_those_of_the_c_locale() {
    let cases = [
        ("%c", "Mon Dec 30 15:04:05 2024"),
        ("%x %X %p", "12/30/24 15:04:05 PM"),
        ("%A %a %B %b %h", "Monday Mon December Dec Dec"),
        ("%C %y %Y %G %g %V", "20 24 2024 2025 25 01"),
        ("%d %e %j %u %w %U %W", "30 30 365 1 1 52 53"),
        (
            "%D %F %R %T %r",
            "12/30/24 2024-12-30 15:04 15:04:05 03:04:05 PM",
        ),
        ("%H %I %k %l %M %S %P", "15 03 15  3 04 05 pm"),
        ("%s %z %Z %%%n%t", "1735571045 +0000 GMT %\n\t"),
        ("%Ex %Od %q %", "12/30/24 30 %q %"),
    ];
    for (format, expected) in cases {
        assert_eq!(shown(format), expected, "{format}");
    }
}

#[test]
fn os_date_knows_no_modifiers() {
    let tm = Tm::from_unix(MOMENT, 0).expect("an ordinary time");
    let mut out = b"> ".to_vec();
    os_date(b"%Ex %-d %5\0%Y", &tm, b"GMT", &mut out);
    assert_eq!(out, b"> %Ex %-d    %5");
    out.clear();
    os_date(b"%d%\0%Y", &tm, b"GMT", &mut out);
    assert_eq!(out, b"30%");
}

#[test]
fn offsets_move_the_clock_but_not_the_moment() {
    let tm = Tm::from_unix(MOMENT, -12_600).expect("an ordinary time");
    assert_eq!((tm.hour, tm.minute, unix(&tm)), (11, 34, MOMENT));
    assert_eq!(strftime(b"%z %s", &tm, b""), b"-0330 1735571045");
}

#[test]
fn fields_out_of_range_carry() {
    let fields = Fields {
        year: 2023,
        month: 14,
        day: 31,
        hour: -1,
        minute: 61,
        second: 3600,
    };
    let (seconds, tm) = normalize(&fields, 0).expect("an ordinary time");
    assert_eq!(strftime(b"%F %T", &tm, b""), b"2024-03-02 01:01:00");
    assert_eq!(unix(&tm), seconds);
    let far = Fields {
        year: i32::MAX.into(),
        month: i32::MAX,
        day: 1,
        hour: 0,
        minute: 0,
        second: 0,
    };
    assert_eq!(normalize(&far, 0), None);
    assert_eq!(Tm::from_unix(i64::MAX, 0), None);
}

proptest! {
    #[test]
    fn days_and_dates_agree(days in -800_000_000_000i64..800_000_000_000) {
        let (year, month, day) = civil_from_days(days);
        prop_assert_eq!(days_from_civil(year, i64::from(month), i64::from(day)), days);
    }

    #[test]
    fn any_time_any_fields_any_format(seconds: i64, offset: i32, format in prop::collection::vec(any::<u8>(), 0..9), year: i32, rest: [i32; 5]) {
        if let Some(tm) = Tm::from_unix(seconds, offset) {
            prop_assert_eq!(unix(&tm), seconds);
            let day = seconds.saturating_add(i64::from(offset)).div_euclid(86_400);
            let new_year = days_from_civil(tm.year, 1, 1);
            prop_assert_eq!(i64::from(tm.yearday), day - new_year);
            os_date(&format, &tm, b"X", &mut strftime(&format, &tm, b"X"));
        }
        let [month, day, hour, minute, second] = rest;
        let _ = normalize(&Fields { year: year.into(), month, day, hour, minute, second }, offset);
        let _ = days_from_civil(seconds, seconds, seconds);
        let _ = civil_from_days(seconds);
    }
}
