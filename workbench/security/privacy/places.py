"""Dates of birth, street addresses and postcodes."""

import re

from workbench.security.privacy.numbers import DATE
from workbench.security.privacy.rules import any_of, rule, words

_MONTH = f"{any_of('jan feb mar apr may jun jul aug sep oct nov dec')}[a-z]*"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_FULL_DATE = rf"(?: {DATE} | {_DAY}(?:[ ]of)?[ ]{_MONTH},?[ ]\d{{4}} | {_MONTH}[ ]{_DAY},?[ ]\d{{4}} )"
_BIRTH = r"(?: born | date[ ]of[ ]birth | birth[ ]?date | birthday | d\.?o\.?b\.? )"

_STREET = any_of(
    "street road avenue lane drive court close crescent boulevard terrace gardens grove way place square "
    "st rd ave ln dr ct blvd"
)
_AT_HOME = any_of(
    "address_is address: address liv(?:e|es|ed|ing)_(?:at|on) resid(?:e|es|ing)_at (?:house|home)_(?:at|is) "
    "stay(?:s|ing)?_at moved_to come_to send_it_to"
)
_NOT_HOUSES = words("hour hours minute minutes day days week weeks year years step steps point points")


def _is_street(match: re.Match[str]) -> bool:
    return match["data"].split()[1].lower() not in _NOT_HOUSES


RULES = (
    rule("birth date", "a date of birth", rf"\b {_BIRTH} \b .{{0,15}}? (?P<data> \b {_FULL_DATE} ) (?!\d)"),
    rule(
        "address",
        "a street address",
        rf"\b (?P<data> \d{{1,5}}[A-Za-z]?,?[ ] (?:[A-Z][\w'.-]*[ ]){{1,3}} (?i:{_STREET}) ) \b",
        _is_street,
        cased=True,
    ),
    rule(
        "address",
        "a street address",
        rf"""\b {_AT_HOME} [ ] (?:(?:apartment|flat|apt\.?)[ ])?
            (?P<data> \d{{1,5}}[a-z]?,?[ ] (?:[\w'.-]+[ ]){{1,3}} {_STREET} ) \b""",
    ),
    rule(
        "address",
        "a street address",
        r"""\b (?P<data> [A-Z\u00c4\u00d6\u00dc][\w-]* (?:stra\u00dfe|strasse|str\.|weg|platz|allee|gasse)
            [ ]\d{1,4}[a-z]? ) \b""",
        cased=True,
    ),
    rule(
        "address",
        "a street address",
        rf"""\b (?P<data> \d{{1,4}}(?:[ ]bis)?,?[ ] {any_of("rue avenue boulevard place chemin impasse")} [ ]
            (?: (?:de|du|des|la|le|les)[ ] | l' | d' )* [A-Z][\w'-]+ )""",
        cased=True,
    ),
    rule("address", "a postcode", r"\b (?P<data> [A-Z]{1,2}\d[A-Z\d]? [ ] \d[ABD-HJLNP-UW-Z]{2} ) \b", cased=True),
)
