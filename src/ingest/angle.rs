//! Angles as people write them: degrees, minutes and seconds, with the letter of a hemisphere or a sign.

/// Axis that a letter of a hemisphere states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AngleAxis {
    Latitude,
    Longitude,
}

/// Parts of a text of angles.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    /// A number, and true if it is written without a fraction and a sign.
    Number(f64, bool),
    Hemisphere(AngleAxis, f64),
    /// A sign of degrees, minutes or seconds: 0, 1 or 2.
    Mark(usize),
    Comma,
}

/// An angle in degrees, and the axis if a letter states it. `None` for what is neither a number with a hemisphere nor has signs of
/// degrees.
pub(super) fn angle(text: &str) -> Option<(f64, Option<AngleAxis>)> {
    let tokens = tokens(text)?;
    let is_marked = tokens.iter().any(|token| matches!(token, Token::Mark(_) | Token::Hemisphere(..)));
    one(&tokens).filter(|_| is_marked)
}

/// Latitude and longitude of a text with two such angles, in either order where letters state it.
pub(super) fn pair(text: &str) -> Option<(f64, f64)> {
    let tokens = tokens(text)?;
    let is_letter = |token: &Token| matches!(token, Token::Hemisphere(..));
    let cut = match tokens.iter().filter(|token| is_letter(token)).count() {
        2 if tokens.first().is_some_and(is_letter) => tokens.iter().skip(1).position(is_letter)? + 1,
        2 => tokens.iter().position(is_letter)? + 1,
        0 if tokens.iter().any(|token| matches!(token, Token::Mark(_))) => {
            tokens.iter().position(|token| *token == Token::Comma)?
        }
        _ => return None,
    };
    let (first, second) = tokens.split_at(cut);
    let first = first.strip_suffix(&[Token::Comma]).unwrap_or(first);
    let second = second.strip_prefix(&[Token::Comma]).unwrap_or(second);
    match (one(first)?, one(second)?) {
        ((lat, Some(AngleAxis::Latitude)), (lng, Some(AngleAxis::Longitude)))
        | ((lng, Some(AngleAxis::Longitude)), (lat, Some(AngleAxis::Latitude)))
        | ((lat, None), (lng, None)) => Some((lat, lng)),
        _ => None,
    }
}

fn one(tokens: &[Token]) -> Option<(f64, Option<AngleAxis>)> {
    let (hemisphere, numbers) = match tokens {
        [Token::Hemisphere(axis, sign), rest @ ..] | [rest @ .., Token::Hemisphere(axis, sign)] => {
            (Some((*axis, *sign)), rest)
        }
        rest => (None, rest),
    };
    let (mut parts, mut next) = ([0.0; 3], 0);
    let (mut sign, mut is_last) = (1.0, false);
    for (at, token) in numbers.iter().enumerate() {
        match *token {
            // Only the last part may have a fraction, and only the first a sign.
            Token::Number(number, is_whole) if next < 3 && !is_last => {
                if at == 0 {
                    sign = if number.is_sign_negative() { -1.0 } else { 1.0 };
                } else if number.is_sign_negative() {
                    return None;
                }
                parts[next] = number.abs();
                is_last = !is_whole && number.fract() != 0.0;
                next += 1;
            }
            Token::Mark(mark) if next == mark + 1 => {}
            _ => return None,
        }
    }
    let [degrees, minutes, seconds] = parts;
    let is_sound = next > 0 && minutes < 60.0 && seconds < 60.0;
    let size = degrees + minutes / 60.0 + seconds / 3600.0;
    match hemisphere.filter(|_| is_sound) {
        // A letter and a sign may contradict each other.
        Some(_) if sign < 0.0 => None,
        Some((axis, sign)) => Some((sign * size, Some(axis))),
        None => is_sound.then_some((sign * size, None)),
    }
}

/// The tokens of a text; `None` if anything else is in it.
fn tokens(text: &str) -> Option<Vec<Token>> {
    const MAX_BYTES: usize = 100;
    let mut rest = text.trim().get(..).filter(|text| text.len() <= MAX_BYTES)?;
    let mut tokens = Vec::new();
    while let Some(letter) = rest.chars().next() {
        let mut length = letter.len_utf8();
        match letter.to_ascii_uppercase() {
            'N' => tokens.push(Token::Hemisphere(AngleAxis::Latitude, 1.0)),
            'S' => tokens.push(Token::Hemisphere(AngleAxis::Latitude, -1.0)),
            'E' => tokens.push(Token::Hemisphere(AngleAxis::Longitude, 1.0)),
            'W' => tokens.push(Token::Hemisphere(AngleAxis::Longitude, -1.0)),
            '°' | 'º' | '˚' => tokens.push(Token::Mark(0)),
            // Two strokes are seconds.
            '\'' | '′' | '’' if rest[length..].starts_with(letter) => {
                length *= 2;
                tokens.push(Token::Mark(2));
            }
            '\'' | '′' | '’' => tokens.push(Token::Mark(1)),
            '"' | '″' | '”' => tokens.push(Token::Mark(2)),
            ',' | ';' | '/' => tokens.push(Token::Comma),
            letter if letter.is_whitespace() => {}
            '0'..='9' | '.' | '-' | '+' => {
                let is_part = |c: char| c.is_ascii_digit() || c == '.';
                length = 1 + rest[1..].find(|c| !is_part(c)).unwrap_or(rest.len() - 1);
                let number = &rest[..length];
                let is_whole = number.bytes().all(|byte| byte.is_ascii_digit());
                tokens.push(Token::Number(number.parse().ok()?, is_whole));
            }
            _ => return None,
        }
        rest = &rest[length..];
    }
    Some(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_angles_in_one_text() {
        let close = |text: &str, lat: f64, lng: f64| {
            let found = pair(text).unwrap_or_else(|| panic!("{text}"));
            assert!((found.0 - lat).abs() < 1e-9 && (found.1 - lng).abs() < 1e-9, "{text}: {found:?}");
        };
        for text in [
            "52°38'01.2\"N 1°07'55.2\"W",
            "52°38′01.2″N, 1°07′55.2″W",
            "N52 38 01.2 W1 07 55.2",
            "1°07'55.2''W, 52°38'01.2''N",
            "52.633666666666667N 1.132W",
            "52°38'1.2\", -1°7'55.2\"",
        ] {
            close(text, 52.633_666_666_666_67, -1.132);
        }
        close("33 52.5 S, 151 12.5 E", -33.875, 151.208_333_333_333_33);
    }

    #[test]
    fn one_angle_and_its_axis() {
        assert_eq!(angle("52°30'N"), Some((52.5, Some(AngleAxis::Latitude))));
        assert_eq!(angle("W 1 30"), Some((-1.5, Some(AngleAxis::Longitude))));
        assert_eq!(angle("-1°30'"), Some((-1.5, None)));
        assert_eq!(angle("-0°30'"), Some((-0.5, None)));
        for text in ["1.5", "52 61 N", "52.5 30 N", "-1 W", "N", "noon", "52°38°N", "1 2 3 4 N", "52'N", ""] {
            assert_eq!(angle(text), None, "{text}");
        }
        for text in ["52 N 1 N", "52 N", "52, 1", "52 N 1 W 3", "52° 1°"] {
            assert_eq!(pair(text), None, "{text}");
        }
    }
}
