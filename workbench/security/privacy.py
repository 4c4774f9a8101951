"""A small guard that notices when a message may hold a real person's data.

It is a guard, not de-identification: few rules, each for a form that real data takes and made-up distress does not.
Scores, doses, times, years and the numbers of helplines are no reason to stop anybody from writing.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Finding:
    """Words that may be a real person's data."""

    kind: str
    """`e-mail`, `phone`, `card`, `number`, `id`, `birth date`, `address` or `name`."""
    quote: str
    reason: str
    """A sentence for the person who wrote them."""


class _Rule(NamedTuple):
    kind: str
    what: str
    pattern: re.Pattern[str]
    really: Callable[[re.Match[str]], bool]


def find_personal(text: str) -> tuple[Finding, ...]:
    """Everything in the text that looks like a real person's data, in the order it stands there."""
    text = unicodedata.normalize("NFKC", text).translate(_PLAIN)
    taken: list[tuple[int, int]] = []
    found: list[tuple[int, Finding]] = []
    for rule in _RULES:
        for match in rule.pattern.finditer(text):
            start, end = match.span("data")
            if any(start < e and s < end for s, e in taken) or not rule.really(match):
                continue
            taken.append((start, end))
            quote = match["data"].strip()
            found.append((start, Finding(rule.kind, quote, f"\u201c{quote}\u201d looks like {rule.what}.")))
    return tuple(finding for _, finding in sorted(found, key=lambda pair: pair[0]))


_PLAIN = {ord(c): "-" for c in "\u2010\u2011\u2012\u2013\u2212"} | {0x2019: "'", 0x00A0: " ", 0x202F: " "}


def _always(_: re.Match[str]) -> bool:
    return True


# -- numbers

_HELPLINE_STARTS = (
    *("0800", "0808", "00800", "0300", "0508", "1300", "1800", "1833", "1844", "1855", "1866", "1877", "1888", "116"),
    *("800", "833", "844", "855", "866", "877", "888"),
)
_COUNTRY_CODES = ("1", "27", "31", "33", "353", "39", "41", "43", "44", "49", "61", "64")
_HELPLINES = frozenset({"131114", "61131114", "08457909090", "0845909090"})
_UNITS = r"(?:mg|mcg|\u00b5g|g|kg|lbs?|ml|l|iu|kcal|calories|steps|points|percent|%|minutes|mins?|hours?|hrs?|days|dollars|euros|pounds)"
_NOT_A_COUNT = rf"(?!\d)(?![.,]\d)(?!\s?{_UNITS}\b)"
_DATE_NUMBERS = r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))"
_YEAR = re.compile(r"(?:19|20)\d\d")


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _is_helpline(number: str) -> bool:
    digits = _digits(number)
    if number.lstrip("( ").startswith(("+", "00")):
        digits = digits.removeprefix("00")
        return any(
            digits.startswith(code + start.removeprefix("0")) for code in _COUNTRY_CODES for start in _HELPLINE_STARTS
        )
    return digits.startswith(_HELPLINE_STARTS) or digits in _HELPLINES


def _is_personal_phone(match: re.Match[str]) -> bool:
    number = match["data"]
    return 9 <= len(_digits(number)) <= 15 and not _is_helpline(number) and not _is_date(number)


def _is_spoken_phone(match: re.Match[str]) -> bool:
    number = match["data"]
    return 6 <= len(_digits(number)) <= 15 and not _is_helpline(number) and not _is_date(number)


def _is_date(number: str) -> bool:
    return re.match(rf"{_DATE_NUMBERS}(?!\d)", number.strip()) is not None


def _is_card(match: re.Match[str]) -> bool:
    """Luhn's check digit."""
    digits = [int(digit) for digit in reversed(_digits(match["data"]))]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _is_long_number(match: re.Match[str]) -> bool:
    number = match["data"].strip()
    groups = re.findall(r"\d+", number)
    if len("".join(groups)) < 9 or _is_helpline(number) or _is_date(number):
        return False
    if all(_YEAR.fullmatch(group) for group in groups) or number.endswith("000000"):
        return False
    thousands = len(groups) > 1 and len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    return not (thousands and ("," in number or number.endswith("000")))


# -- names

_WORD = r"[^\W\d_][\w'-]*"
_NAME = rf"{_WORD}(?:[ ]{_WORD}){{0,3}}"
_NO_NAMES = frozenset(
    "a about after an and anxiety as asked at avoids but came care called can comes cries currently did does do during "
    "experience feels for from gets had has have he health her his i in is it keeps last left me my never not now of on or "
    "our portal presented presents refuses reported reports rights safety said saw says services she still talks that the "
    "their then they this to today told tries was we went when who whose will with without yesterday you your zoom "
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december christmas easter english german french spanish".split()
)


def _is_named(match: re.Match[str]) -> bool:
    """Whether the words behind the cue begin with a name: a capital that is no ordinary word's and no abbreviation's."""
    return _is_name(match["data"].split()[0])


def _is_named_in_full(match: re.Match[str]) -> bool:
    words = match["data"].split()
    return len(words) >= 2 and all(_is_name(word) for word in words[:2])


def _is_name(word: str) -> bool:
    bare = word.removesuffix("'s")
    return len(bare) > 1 and bare[0].isupper() and not bare.isupper() and bare.lower() not in _NO_NAMES


# -- dates and addresses

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_FULL_DATE = rf"(?:{_DATE_NUMBERS}|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH},? \d{{4}}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})"
_STREET = r"(?:street|road|avenue|lane|drive|court|close|crescent|boulevard|terrace|gardens|grove|way|place|square|st|rd|ave|ln|dr|ct|blvd)"
_AT_HOME = r"(?:address(?: is|:)?|liv(?:e|es|ed|ing) (?:at|in|on)|resid(?:e|es|ing) at|house (?:at|is)|home (?:at|is)|stay(?:s|ing)? at|moved to|come to|send it to)"

_LABEL = (
    r"(?:mrn|medical record(?: number| no\.?)?|(?:hospital|patient|nhs|insurance|policy|member(?:ship)?|passport|case|account|"
    r"medicare|medicaid|health card|chart|file|national insurance|ni|social security|tax|driver'?s licen[cs]e|"
    r"licen[cs]e plate|student|employee)[ -]?(?:id|number|no\.?|nr\.?|#)|ssn|iban|nhs|versichertennummer)"
)


def _has_digits(match: re.Match[str]) -> bool:
    return len(_digits(match["data"])) >= 4


def _rule(
    kind: str, what: str, pattern: str, really: Callable[[re.Match[str]], bool] = _always, flags: int = re.I
) -> _Rule:
    return _Rule(kind, what, re.compile(pattern, flags), really)


def _rules() -> Iterator[_Rule]:
    """The rules; where two see the same words, the first has them."""
    yield _rule("e-mail", "an e-mail address", r"(?<![\w.+-])(?P<data>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+)")
    yield _rule(
        "birth date",
        "a date of birth",
        rf"\b(?:born|date of birth|birth ?date|d\.?o\.?b\.?|birthday)\b.{{0,15}}?(?P<data>\b{_FULL_DATE})(?!\d)",
    )
    yield _rule(
        "id",
        "a number that belongs to one person",
        rf"\b{_LABEL}(?:\s+(?:is|was))?\s*[:#=]?\s*(?P<data>[a-z0-9](?:[ /-]?[a-z0-9]){{3,33}})\b",
        _has_digits,
    )
    yield _rule(
        "id", "a bank account number", r"\b(?P<data>[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?)\b", flags=0
    )
    yield _rule(
        "id", "a national insurance number", r"\b(?P<data>[A-CEGHJ-PR-TW-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D])\b", flags=0
    )
    yield _rule(
        "id",
        "a social security number",
        r"(?<![\d-])(?P<data>(?!000|666|9)\d{3}([ -])(?!00)\d\d\2(?!0000)\d{4})(?![\d-])",
    )
    yield _rule(
        "card",
        "a card number",
        r"(?<!\d)(?P<data>(?:3[47]|4\d|5[1-5]|6[05]|2[2-7])\d\d(?:[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}|[ -]?\d{6}[ -]?\d{5}))(?!\d)",
        _is_card,
    )
    yield _rule(
        "phone",
        "a phone number",
        r"(?<![\w+])(?P<data>(?:\+|00)[1-9](?:[ ().-]{0,2}\d){7,14})(?!\d)",
        _is_personal_phone,
    )
    yield _rule(
        "phone",
        "a phone number",
        rf"(?<![\w.,-])(?P<data>\(?0\d{{1,5}}\)?(?:[ ./-]{{0,2}}\d{{2,8}}){{1,4}}){_NOT_A_COUNT}",
        _is_personal_phone,
    )
    yield _rule(
        "phone",
        "a phone number",
        rf"(?<![\w.,-])(?P<data>(?:1[ .-])?\(?[2-9]\d\d\)?[ .-]{{1,2}}\d{{3}}[ .-]\d{{4}}){_NOT_A_COUNT}",
        _is_personal_phone,
    )
    yield _rule(
        "phone",
        "a phone number",
        r"\b(?:phone|mobile|cell|tel(?:ephone)?|whatsapp|(?:my|his|her|their) number|call (?:me|him|her|them)|text (?:me|him|her|them)|reach (?:me|him|her|them))\b[^\d\n]{0,20}(?P<data>\+?\d(?:[ ().-]{0,2}\d){5,14})(?!\d)(?!\s?(?:times|minutes|hours))",
        _is_spoken_phone,
    )
    yield _rule(
        "number",
        "a long number that may belong to one person",
        rf"(?<![\w.,])(?P<data>\d{{9,}}|\d{{2,}}(?:[-./]\d{{2,}}){{2,}}|\d{{3,}}(?: \d{{3,}}){{2,}}|\d{{1,3}}(?:,\d{{3}}){{2,}}){_NOT_A_COUNT}",
        _is_long_number,
    )
    yield _rule(
        "address",
        "a street address",
        rf"\b(?P<data>\d{{1,5}}[A-Za-z]?,? (?:[A-Z][\w'.-]* ){{1,3}}(?i:{_STREET}))\b",
        _is_street,
        flags=0,
    )
    yield _rule(
        "address",
        "a street address",
        rf"\b{_AT_HOME} (?:apartment |flat |apt\.? )?(?P<data>\d{{1,5}}[a-z]?,? (?:[\w'.-]+ ){{1,3}}{_STREET})\b",
    )
    yield _rule(
        "address",
        "a street address",
        r"\b(?P<data>[A-Z\u00c4\u00d6\u00dc][\w-]*(?:stra\u00dfe|strasse|str\.|weg|platz|allee|gasse) \d{1,4}[a-z]?)\b",
        flags=0,
    )
    yield _rule(
        "address",
        "a street address",
        r"\b(?P<data>\d{1,4}(?: bis)?,? (?:rue|avenue|boulevard|place|chemin|impasse|calle|via) (?:(?:de|du|des|la|le|las|los|del|della) |l'|d')*[A-Z][\w'-]+)",
        flags=0,
    )
    yield _rule("address", "a postcode", r"\b(?P<data>[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2})\b", flags=0)
    yield _rule(
        "name",
        "the name of a patient or client",
        rf"\b(?:patients?|clients?)(?:'s)? (?:full |first |last |real )?name (?:is|was) (?P<data>{_NAME})",
        _is_named,
    )
    yield _rule(
        "name",
        "the name of a patient or client",
        rf"\b(?:[Mm]y|[Oo]ur|[Aa]|[Tt]he|[Hh]is|[Hh]er|[Aa]nother|[Tt]his|[Nn]ew|[Oo]ld) (?:\w+ )?(?:patient|client)s?,? (?:(?:is )?(?:named|called) )?(?P<data>{_NAME})",
        _is_named,
        flags=0,
    )
    yield _rule(
        "name",
        "the name of a patient or client",
        rf"\b(?P<data>{_NAME}),? (?:is|was|has been) (?:my|our|a|an old|a former) (?:\w+ )?(?:patient|client)\b",
        _is_named_in_full,
    )
    yield _rule(
        "name",
        "a person's full name",
        rf"\b(?:my|his|her|their) (?:full )?name(?: is|'s) (?P<data>{_NAME})",
        _is_named_in_full,
    )


_NO_STREETS = frozenset("hour hours minute minutes day days week weeks year years deep step steps point points".split())


def _is_street(match: re.Match[str]) -> bool:
    return match["data"].split()[1].lower() not in _NO_STREETS


_RULES = tuple(_rules())
