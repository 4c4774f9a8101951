"""Names of people, where the words before or after say that they are a patient's or a client's."""

import re

from workbench.security.privacy.rules import any_of, rule, words

_WORD = r"[^\W\d_][\w'-]*"
_NAME = rf"{_WORD}(?:[ ]{_WORD}){{0,3}}"
_WHOSE = any_of("[Mm]y [Oo]ur [Aa] [Tt]he [Hh]is [Hh]er [Aa]nother [Tt]his [Nn]ew [Oo]ld")

# Words that begin with a capital behind "my patient" without being a name.
_NO_NAMES = words(
    "a about after an and anxiety as asked at but came care called can comes cries did does do english feels for "
    "french from gets german had has have he health her his i in is it last left me my never not now of on or our "
    "portal "
    "reported reports rights safety said saw says services she spanish still talks that the their then they this "
    "to today told tries was we went when who whose will with without yesterday you your zoom "
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december christmas easter"
)


def _is_name(word: str) -> bool:
    bare = word.removesuffix("'s")
    return len(bare) > 1 and bare[0].isupper() and not bare.isupper() and bare.lower() not in _NO_NAMES


def _is_named(match: re.Match[str]) -> bool:
    return _is_name(match["data"].split()[0])


def _is_named_in_full(match: re.Match[str]) -> bool:
    parts = match["data"].split()
    return len(parts) >= 2 and all(map(_is_name, parts[:2]))


RULES = (
    rule(
        "name",
        "the name of a patient or client",
        rf"""\b (?:patient|client)s?(?:'s|')? [ ] (?:(?:full|first|last|real)[ ])? name [ ] (?:is|was) [ ]
            (?P<data> {_NAME} )""",
        _is_named,
    ),
    rule(
        "name",
        "the name of a patient or client",
        rf"""\b {_WHOSE} [ ] (?:\w+[ ])? (?:patient|client)s? ,? [ ] (?:(?:is[ ])?(?:named|called)[ ])?
            (?P<data> {_NAME} )""",
        _is_named,
        cased=True,
    ),
    rule(
        "name",
        "the name of a patient or client",
        rf"""\b (?P<data> {_NAME} ) ,? [ ] (?:(?:is|was|has[ ]been)[ ])? (?:my|our|an[ ]old|a[ ]former) [ ] (?:\w+[ ])?
            (?:patient|client) \b""",
        _is_named_in_full,
    ),
    rule(
        "name",
        "a person's full name",
        rf"\b (?:my|his|her|their) [ ] (?:full[ ])? name (?:[ ]is|'s) [ ] (?P<data> {_NAME} )",
        _is_named_in_full,
    ),
)
