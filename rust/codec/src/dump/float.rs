//! Numbers with a fraction as people and Python write them.

use std::fmt::{self, Write};

/// Writes the fewest digits that read back as `number`: `0.1`, `1e-05`, `1e+16`, `inf`, `nan`.
pub(crate) fn shortest(number: f64, out: &mut impl Write) -> fmt::Result {
    if number.is_nan() {
        return out.write_str("nan");
    }
    let fewest = format!("{number:e}");
    let Some((mantissa, exponent)) = fewest.split_once('e') else { return out.write_str(&fewest) };
    let digits = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let power: i32 = exponent.parse().unwrap_or_default();
    // Of two numbers of so many digits that are equally near, the even one: rounding does that.
    if !(-4..16).contains(&power) {
        let rounded = format!("{number:.digits$e}");
        return scientific(rounded.split('e').next().unwrap_or_default(), exponent, out);
    }
    let decimals = i32::try_from(digits).unwrap_or_default().saturating_sub(power).max(1);
    write!(out, "{number:.0$}", usize::try_from(decimals).unwrap_or_default())
}

/// Writes `number` with six significant digits and no zeros at the end, as `%g` does.
pub(crate) fn general(number: f64, out: &mut impl Write) -> fmt::Result {
    if !number.is_finite() {
        return shortest(number, out);
    }
    let rounded = format!("{number:.5e}");
    let Some((mantissa, exponent)) = rounded.split_once('e') else { return Ok(()) };
    let power: i32 = exponent.parse().unwrap_or_default();
    match usize::try_from(5_i32.saturating_sub(power)) {
        Ok(decimals) if power >= -4 => out.write_str(trim(&format!("{number:.decimals$}"))),
        _ => scientific(trim(mantissa), exponent, out),
    }
}

/// `1.5e-5` with a sign and two digits in the exponent.
fn scientific(mantissa: &str, exponent: &str, out: &mut impl Write) -> fmt::Result {
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    write!(out, "{mantissa}e{sign}{digits:0>2}")
}

fn trim(decimal: &str) -> &str {
    if decimal.contains('.') {
        return decimal.trim_end_matches('0').trim_end_matches('.');
    }
    decimal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: fn(f64, &mut String) -> fmt::Result, number: f64) -> String {
        let mut text = String::new();
        write(number, &mut text).unwrap();
        text
    }

    #[test]
    fn the_shortest_digits_are_those_of_python() {
        for (number, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (f64::from(0.1_f32), "0.10000000149011612"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-1.5e-7, "-1.5e-07"),
            (1e15, "1000000000000000.0"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (1.25e100, "1.25e+100"),
            (5e-324, "5e-324"),
            (-180.535_797_119_140_63, "-180.53579711914062"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(written(shortest, number), text);
        }
    }

    #[test]
    fn six_digits_are_those_of_printf() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.5, "1.5"),
            (100_000.0, "100000"),
            (999_999.5, "1e+06"),
            (123_456_789.0, "1.23457e+08"),
            (0.0001, "0.0001"),
            (0.000_099_999_99, "0.0001"),
            (0.000_012_345_678, "1.23457e-05"),
            (2.0 / 3.0, "0.666667"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(written(general, number), text);
        }
    }
}
