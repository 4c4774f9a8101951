"""E-mail addresses, phone numbers, cards and other numbers that belong to one person."""

import re

from workbench.security.privacy.rules import any_of, rule

# The beginnings of numbers that cost nothing to call, and of short numbers: helplines have those, persons do not.
_HELPLINES = tuple(
    f"{prefix}{start}"
    for prefix in ("", "1", "27", "31", "33", "353", "39", "41", "43", "44", "49", "61", "64")
    for start in ("800", "808", "833", "844", "855", "866", "877", "888", "1300", "1800", "116", "131114", "300", "508")
)
_NATIONAL_HELPLINES = (
    *("0800", "0808", "00800", "0300", "0508", "1300", "1800", "116", "131114", "1833", "1844", "1855", "1866", "1877"),
    *("1888", "800", "833", "844", "855", "866", "877", "888"),
)

_UNIT = any_of(
    "mg mcg \u00b5g g kg lbs? ml l iu kcal calories steps points percent minutes mins? hours? hrs? days times "
    "dollars euros pounds"
)
_NOT_A_COUNT = rf"(?!\d) (?![.,]\d) (?![ ]?(?:{_UNIT}\b|%))"
DATE = r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2} | \d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))"
_DATE = re.compile(rf"{DATE}(?!\d)", re.VERBOSE)
_YEAR = re.compile(r"(?:19|20)\d\d")

_HAS_NUMBERS = any_of(
    "hospital patient nhs insurance policy member membership passport case account medicare medicaid health_card chart "
    "file national_insurance ni social_security tax driver'?s_licen[cs]e licen[cs]e_plate medical_record"
)
_NUMBER = any_of(r"id number no\.? nr\.? \#")
_LABEL = rf"(?: {_HAS_NUMBERS} [ -]? {_NUMBER} | mrn | ssn | iban | nhs | medical[ ]record | versichertennummer )"
_SPEAKING_OF_A_PHONE = any_of(
    r"phone mobile cell tel telephone whatsapp (?:my|his|her|their)_number (?:call|text|reach)_(?:me|him|her|them)"
)


def _digits(match: re.Match[str]) -> str:
    return re.sub(r"\D", "", match["data"])


def _is_id(match: re.Match[str]) -> bool:
    return len(_digits(match)) >= 4


def _is_card(match: re.Match[str]) -> bool:
    """Luhn's check digit."""
    digits = [int(digit) for digit in reversed(_digits(match))]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _is_helpline(match: re.Match[str]) -> bool:
    if match["data"].startswith(("+", "00")) and not match["data"].startswith("00800"):
        return _digits(match).lstrip("0").startswith(_HELPLINES)
    return _digits(match).startswith(_NATIONAL_HELPLINES)


def _is_phone(match: re.Match[str]) -> bool:
    return 9 <= len(_digits(match)) <= 15 and _is_number_of_a_person(match)


def _is_number_of_a_person(match: re.Match[str]) -> bool:
    return not _is_helpline(match) and not _DATE.match(match["data"])


def _is_long(match: re.Match[str]) -> bool:
    number = match["data"]
    groups = re.findall(r"\d+", number)
    if len("".join(groups)) < 9 or all(_YEAR.fullmatch(group) for group in groups):
        return False
    counted = len(groups) > 1 and len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    is_count = number.endswith("000000") or (counted and (number.endswith("000") or "," in number))
    return not is_count and _is_number_of_a_person(match)


RULES = (
    rule("e-mail", "an e-mail address", r"(?<![\w.+-]) (?P<data> [\w.+-]{1,64} @ [\w-]{1,63} (?:\.[\w-]{1,63})+ )"),
    rule(
        "id",
        "a number that belongs to one person",
        rf"\b {_LABEL} (?:[ ](?:is|was))? [ ]? [:#=]? [ ]? (?P<data> [a-z0-9] (?: [ /-]? [a-z0-9] ){{3,33}} ) \b",
        _is_id,
    ),
    rule(
        "id",
        "a bank account number",
        r"\b (?P<data> [A-Z]{2}\d\d (?:[ ]?[A-Z0-9]{4}){3,7} (?:[ ]?[A-Z0-9]{1,3})? ) \b",
        cased=True,
    ),
    rule(
        "id",
        "a national insurance number",
        r"\b (?P<data> [A-CEGHJ-PR-TW-Z]{2} [ ]?\d\d [ ]?\d\d [ ]?\d\d [ ]?[A-D] ) \b",
        cased=True,
    ),
    rule(
        "id",
        "a social security number",
        r"(?<![\d-]) (?P<data> (?!000|666|9)\d{3} (?P<s>[ -]) (?!00)\d\d (?P=s) (?!0000)\d{4} ) (?![\d-])",
    ),
    rule(
        "card",
        "a card number",
        r"""(?<!\d) (?P<data> (?: 3[47] | 4\d | 5[1-5] | 6[05] | 2[2-7] ) \d\d
            (?: [ -]?\d{4} [ -]?\d{4} [ -]?\d{1,7} | [ -]?\d{6} [ -]?\d{5} ) ) (?!\d)""",
        _is_card,
    ),
    rule(
        "phone",
        "a phone number",
        r"(?<![\w+]) (?P<data> (?:\+|00)[1-9] (?:[ ().-]{0,2}\d){7,14} ) (?!\d)",
        _is_phone,
    ),
    rule(
        "phone",
        "a phone number",
        rf"(?<![\w.,-]) (?<!\d[ ]) (?P<data> \(?0\d{{1,5}}\)? (?: [ ./-]{{0,2}} \d{{2,8}} ){{1,4}} ) {_NOT_A_COUNT}",
        _is_phone,
    ),
    rule(
        "phone",
        "a phone number",
        rf"(?<![\w.,-]) (?P<data> (?:1[ .-])? \(?[2-9]\d\d\)? [ .-]{{1,2}} \d{{3}} [ .-] \d{{4}} ) {_NOT_A_COUNT}",
        _is_phone,
    ),
    rule(
        "phone",
        "a phone number",
        rf"\b {_SPEAKING_OF_A_PHONE} \b [^\d\n]{{0,20}} (?P<data> \+?\d (?:[ ().-]{{0,2}}\d){{5,14}} ) {_NOT_A_COUNT}",
        _is_number_of_a_person,
    ),
    rule(
        "number",
        "a long number that may belong to one person",
        rf"""(?<![\w.,]) (?P<data> \d{{9,}} | \d{{2,}}(?:[-./]\d{{2,}}){{2,}} | \d{{3,}}(?:[ ]\d{{3,}}){{2,}} )
            {_NOT_A_COUNT}""",
        _is_long,
    ),
)
