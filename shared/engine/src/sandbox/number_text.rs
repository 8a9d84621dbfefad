//! How numbers are written: as jq 1.7 writes them, and whether a text says the same as a float.

use std::cmp::Ordering;

/// A float as jq prints it: the fewest digits that read back as the same float, an exponent where the number is very
/// small or very large. `NaN` is `null`, an infinity is the greatest float.
pub(super) fn float(value: f64) -> String {
    if value.is_nan() {
        return "null".to_owned();
    }
    let value = value.clamp(f64::MIN, f64::MAX);
    if value == 0.0 {
        return if value.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    let Some((digits, exponent)) = shortest(value) else {
        return "null".to_owned();
    };
    let sign = if value < 0.0 { "-" } else { "" };
    // Where the decimal point is, counted from the first digit.
    let point = exponent + 1;
    let length = digits.len() as i32;
    if point <= -4 || point > length + 15 {
        let (first, rest) = digits.split_at(1);
        let fraction = if rest.is_empty() {
            String::new()
        } else {
            format!(".{rest}")
        };
        let direction = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{fraction}e{direction}{:02}", exponent.abs());
    }
    if point <= 0 {
        return format!(
            "{sign}0.{}{digits}",
            "0".repeat(point.unsigned_abs() as usize)
        );
    }
    if point >= length {
        return format!("{sign}{digits}{}", "0".repeat((point - length) as usize));
    }
    let (whole, fraction) = digits.split_at(point as usize);
    format!("{sign}{whole}.{fraction}")
}

/// The fewest significant digits of a float, and the power of ten of the first of them.
fn shortest(value: f64) -> Option<(String, i32)> {
    let text = format!("{:e}", value.abs());
    let (mantissa, exponent) = text.split_once('e')?;
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    Some((digits, exponent.parse().ok()?))
}

/// Whether a JSON number is written with the digits of this float and no others.
pub(super) fn is_same_number(text: &str, value: f64) -> bool {
    if !value.is_finite() {
        return false;
    }
    if value == 0.0 {
        return matches!(text, "0" | "-0" | "0.0" | "-0.0");
    }
    let Some((digits, exponent)) = shortest(value) else {
        return false;
    };
    // A fraction that ends in zeros, or a leading zero of the exponent, is kept as it was written.
    let ends_plainly =
        !text.contains('.') || !text.split(['e', 'E']).next().unwrap_or(text).ends_with('0');
    ends_plainly && digits_of(text) == (value < 0.0, digits, i64::from(exponent))
}

/// The order of two numbers by their digits.
pub(super) fn compare_digits(x: &str, y: &str) -> Ordering {
    let key = |text| {
        let (is_negative, digits, exponent) = digits_of(text);
        (is_negative, digits == "0", exponent, digits)
    };
    let (x, y) = (key(x), key(y));
    match (x.1, y.1) {
        (true, true) => return Ordering::Equal,
        (true, false) => {
            return if y.0 {
                Ordering::Greater
            } else {
                Ordering::Less
            };
        }
        (false, true) => {
            return if x.0 {
                Ordering::Less
            } else {
                Ordering::Greater
            };
        }
        (false, false) => {}
    }
    // Digits after the point of the first one compare as text does.
    let magnitude = (x.2, &x.3).cmp(&(y.2, &y.3));
    match (x.0, y.0) {
        (false, false) => magnitude,
        (true, true) => magnitude.reverse(),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    }
}

/// Sign, significant digits and the power of ten of the first digit: the same for every way to write one number.
fn digits_of(text: &str) -> (bool, String, i64) {
    let is_negative = text.starts_with('-');
    let unsigned = text.trim_start_matches('-');
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let exponent: i64 = exponent
        .trim_start_matches('+')
        .parse()
        .unwrap_or_else(|_| {
            // More digits than an `i64` has: the number is zero, or far beyond every float.
            if exponent.starts_with('-') {
                i64::MIN / 2
            } else {
                i64::MAX / 2
            }
        });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = [whole, fraction].concat();
    let significant = all.trim_start_matches('0');
    let leading_zeros = all.len() - significant.len();
    let significant = significant.trim_end_matches('0');
    if significant.is_empty() {
        return (is_negative, "0".to_owned(), 0);
    }
    let first = whole.len() as i64 - 1 - leading_zeros as i64;
    (
        is_negative,
        significant.to_owned(),
        exponent.saturating_add(first),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_is_written_as_jq_writes_it() {
        let cases = [
            (0.5, "0.5"),
            (-0.0, "-0"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (1.5e300, "1.5e+300"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e15, "1000000000000000"),
            (1e17, "1e+17"),
            (1e15 + 0.5, "1000000000000000.5"),
            (123.25, "123.25"),
            (f64::INFINITY, "1.7976931348623157e+308"),
            (f64::NAN, "null"),
        ];
        for (value, text) in cases {
            assert_eq!(float(value), text);
        }
    }

    #[test]
    fn a_text_is_the_same_number_only_with_the_same_digits() {
        for text in ["0.5", "1e3", "150.23", "-1.5", "1e-7", "2.5E+10"] {
            assert!(is_same_number(text, text.parse().unwrap()), "{text}");
        }
        for text in [
            "1e400",
            "123456789012345678901234567890",
            "0.10000000000000000001",
            "1.10",
            "1e-400",
        ] {
            assert!(!is_same_number(text, text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn numbers_that_round_to_one_float_have_an_order() {
        let ascending = [
            "-1e401",
            "-1e400",
            "-1",
            "0",
            "0.0",
            "1e-400",
            "1",
            "1.00000000000000000001",
            "1e400",
            "2e400",
        ];
        for (index, smaller) in ascending.iter().enumerate().skip(5) {
            for greater in &ascending[index + 1..] {
                assert_eq!(compare_digits(smaller, greater), Ordering::Less);
            }
        }
        assert_eq!(compare_digits("-1e401", "-1e400"), Ordering::Less);
        assert_eq!(compare_digits("0", "0.0"), Ordering::Equal);
    }

    #[test]
    fn one_number_has_the_same_digits_however_it_is_written() {
        for text in ["1200", "1.2e3", "12E2", "1200.0", "0.0012e6"] {
            assert_eq!(digits_of(text), (false, "12".to_owned(), 3), "{text}");
        }
    }
}
