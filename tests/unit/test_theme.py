import itertools

import pytest
from streamlit import config

from workbench.ui.theme import DARK, LIGHT, PALETTES, Palette, Tint, css_variables, streamlit_theme_options

# How a color looks to people without red or green cones (Machado, Oliveira, Fernandes 2009, severity 1.0).
EYES = {
    "all cones": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "no green cones": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "no red cones": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
}


def linear(color: str) -> list[float]:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio."""
    weights = (0.2126, 0.7152, 0.0722)
    dark, light = sorted(sum(w * part for w, part in zip(weights, linear(c), strict=True)) for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: list[float]) -> list[float]:
    matrix = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    xyz = [sum(m * c for m, c in zip(row, rgb, strict=True)) for row in matrix]
    x, y, z = (
        value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116
        for value in (xyz[0] / 0.9505, xyz[1], xyz[2] / 1.089)
    )
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


def apart(one: str, other: str, eyes: str) -> float:
    """CIE 1976 color difference as those eyes see it; 2.3 is just noticeable."""

    def seen(color: str) -> list[float]:
        rgb = linear(color)
        return lab([min(max(sum(m * c for m, c in zip(row, rgb, strict=True)), 0), 1) for row in EYES[eyes]])

    return sum((a - b) ** 2 for a, b in zip(seen(one), seen(other), strict=True)) ** 0.5


def text_pairs(palette: Palette) -> list[tuple[str, str, str]]:
    tints = {name: getattr(palette, name) for name in ("caution", "danger", "good", "note")}
    texts = {"ink": palette.ink, "muted": palette.muted, "primary": palette.primary}
    texts |= {name: tint.text for name, tint in tints.items()}
    texts |= {f"column {letter}": color for letter, color in zip("ABCDEF", palette.columns, strict=True)}
    grounds = {"ground": palette.ground, "surface": palette.surface}
    pairs = [(f"{t} on {g}", text, ground) for t, text in texts.items() for g, ground in grounds.items()]
    for name, tint in tints.items():
        pairs += [(f"{name} in its box", tint.text, tint.box), (f"ink in the {name} box", palette.ink, tint.box)]
    pairs.append(("text of our primary button", palette.on_primary, palette.primary))
    return [*pairs, ("text of Streamlit's primary button", "#FFFFFF", palette.button)]


@pytest.mark.parametrize("name", PALETTES)
def test_every_text_can_be_read(name: str) -> None:
    too_weak = {what: contrast(a, b) for what, a, b in text_pairs(PALETTES[name]) if contrast(a, b) < 4.5}
    assert not too_weak


@pytest.mark.parametrize("name", PALETTES)
def test_what_is_selected_can_be_seen(name: str) -> None:
    palette = PALETTES[name]
    assert min(contrast(palette.button, palette.ground), contrast(palette.button, palette.surface)) >= 3


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("name", PALETTES)
def test_columns_can_be_told_apart_from_each_other_and_from_ink(name: str, eyes: str) -> None:
    palette = PALETTES[name]
    pairs = itertools.combinations((*palette.columns, palette.ink), 2)
    assert min(apart(one, other, eyes) for one, other in pairs) >= 15


def test_the_contrast_measure_is_the_one_of_the_standard() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_grounds_and_inks_are_those_that_were_agreed() -> None:
    assert (LIGHT.ground, LIGHT.ink, LIGHT.primary) == ("#FBFAF7", "#1E272E", "#2B6F6C")
    assert (DARK.ground, DARK.ink, DARK.primary) == ("#14181B", "#E6E8E6", "#6FB7B2")


def test_streamlit_knows_every_option() -> None:
    known = config.get_config_options()
    assert [name for name in streamlit_theme_options() if name not in known] == []
    assert streamlit_theme_options()["theme.baseFontSize"] == 16


def test_components_get_the_same_colors() -> None:
    css = css_variables(DARK)
    assert "--wb-ink: #E6E8E6;" in css
    assert "--wb-on-primary: #14181B;" in css
    assert "--wb-danger-box: #3A1F1E;" in css
    assert "--wb-column-f: #7CD5FF;" in css
    assert css.count("--wb-") == 8 + 4 * 2 + 6
    assert isinstance(DARK.danger, Tint)
