"""Every color of the workbench, light and dark, in one table; pages, parts and charts take them from here."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

BASE_FONT_PIXELS = 16


@dataclass(frozen=True, kw_only=True)
class Tint:
    """One meaning as a text color, and as the background of a box with text in it."""

    text: str
    box: str


@dataclass(frozen=True, kw_only=True)
class Palette:
    """The colors of one ground. Every text color reaches 4.5:1 on `ground` and on `surface`."""

    ground: str
    surface: str
    ink: str
    muted: str
    line: str
    """Borders and rules; never text."""
    primary: str
    on_primary: str
    """Text on `primary`, in our own components."""
    button: str
    """Streamlit's primary color. It writes white on it, whatever the ground, and marks selected things with it."""
    caution: Tint
    danger: Tint
    """Only for harm."""
    good: Tint
    note: Tint
    columns: tuple[str, str, str, str, str, str]
    """Columns A to F: Okabe-Ito hues, made darker or lighter until they can be read, apart for color-blind eyes too.
    The letter always stands beside them."""


LIGHT = Palette(
    ground="#FBFAF7",
    surface="#F1EEE7",
    ink="#1E272E",
    muted="#55606A",
    line="#D5D0C4",
    primary="#2B6F6C",
    on_primary="#FFFFFF",
    button="#2B6F6C",
    caution=Tint(text="#8A5A00", box="#FBF0D9"),
    danger=Tint(text="#B3261E", box="#FBE9E7"),
    good=Tint(text="#00704A", box="#E4F2EB"),
    note=Tint(text="#235F9C", box="#E6EFF8"),
    columns=("#0060C7", "#A05000", "#00794D", "#742C5A", "#6D260C", "#286C9F"),
)

DARK = Palette(
    ground="#14181B",
    surface="#1E2428",
    ink="#E6E8E6",
    muted="#9AA5A8",
    line="#39434A",
    primary="#6FB7B2",
    on_primary="#14181B",
    button="#30817C",
    caution=Tint(text="#E3B341", box="#332A14"),
    danger=Tint(text="#FF8A80", box="#3A1F1E"),
    good=Tint(text="#5CC49A", box="#172E26"),
    note=Tint(text="#86B7EA", box="#1A2A3B"),
    columns=("#2D93E1", "#FFC336", "#1FD59A", "#C377A1", "#CB762B", "#7CD5FF"),
)

PALETTES: Mapping[str, Palette] = MappingProxyType({"light": LIGHT, "dark": DARK})

# Streamlit names its message colors by hue: st.error is red, st.warning yellow, st.success green, st.info blue.
_HUES = (("red", "danger"), ("orange", "caution"), ("yellow", "caution"), ("green", "good"), ("blue", "note"))


def streamlit_theme_options() -> dict[str, object]:
    """Every theme option for `streamlit.config.set_option`, by its full name."""
    options: dict[str, object] = {
        "theme.baseFontSize": BASE_FONT_PIXELS,
        "theme.showSidebarBorder": True,
    }
    for name, palette in PALETTES.items():
        for option, value in (_surfaces(palette) | _hues(palette)).items():
            options[f"theme.{name}.{option}"] = value
    return options


def css_variables(palette: Palette) -> str:
    """The palette as CSS declarations (`--wb-ink: #1E272E; …`) for our own components."""
    values: dict[str, str] = {}
    for field in fields(palette):
        value = getattr(palette, field.name)
        if isinstance(value, Tint):
            values |= {field.name: value.text, f"{field.name}-box": value.box}
        elif isinstance(value, tuple):
            values |= {f"column-{letter}": color for letter, color in zip("abcdef", value, strict=True)}
        else:
            values[field.name] = value
    return " ".join(f"--wb-{name.replace('_', '-')}: {value};" for name, value in values.items())


def _surfaces(palette: Palette) -> dict[str, object]:
    return {
        "primaryColor": palette.button,
        "backgroundColor": palette.ground,
        "secondaryBackgroundColor": palette.surface,
        "textColor": palette.ink,
        "linkColor": palette.primary,
        "linkUnderline": True,
        "borderColor": palette.line,
        "showWidgetBorder": True,
        "codeTextColor": palette.ink,
        "codeBackgroundColor": palette.surface,
        "dataframeBorderColor": palette.line,
        "dataframeHeaderBackgroundColor": palette.surface,
        "dataframeHeaderTextColor": palette.ink,
        "baseRadius": "medium",
        "chartCategoricalColors": list(palette.columns),
        "sidebar.backgroundColor": palette.surface,
        "sidebar.secondaryBackgroundColor": palette.ground,
    }


def _hues(palette: Palette) -> dict[str, object]:
    options: dict[str, object] = {"grayTextColor": palette.muted, "grayColor": palette.muted}
    for hue, meaning in _HUES:
        tint: Tint = getattr(palette, meaning)
        options |= {f"{hue}Color": tint.text, f"{hue}TextColor": tint.text, f"{hue}BackgroundColor": tint.box}
    return options
