"""The 13 sections of an instruction set, in the order in which the model reads them."""

from enum import StrEnum


class SectionKind(StrEnum):
    """What a section is for; the order of members is the order in the rendered text."""

    ROLE_AND_SCOPE = "role_and_scope"
    AI_DISCLOSURE = "ai_disclosure"
    CONSENT_AND_DATA = "consent_and_data"
    TONE = "tone"
    CONVERSATION_STRUCTURE = "conversation_structure"
    TECHNIQUES = "techniques"
    BOUNDARIES = "boundaries"
    CRISIS_PROTOCOL = "crisis_protocol"
    ESCALATION = "escalation"
    CULTURE_AND_EQUITY = "culture_and_equity"
    VULNERABLE_USERS = "vulnerable_users"
    CLOSING = "closing"
    EXAMPLES = "examples"

    @property
    def heading(self) -> str:
        """The heading the model and the reader see."""
        return _TITLES[self][0]

    @property
    def question(self) -> str:
        """The plain question that a writer answers in this section."""
        return _TITLES[self][1]

    @property
    def prefix(self) -> str:
        """The first letters of the clause ids of this section, as in `CR-03`."""
        return _TITLES[self][2]


_TITLES = {
    SectionKind.ROLE_AND_SCOPE: ("Role and scope", "What is it for, and for whom?", "RS"),
    SectionKind.AI_DISCLOSURE: ("Being an AI", "How does it say that it is an AI, and when?", "AI"),
    SectionKind.CONSENT_AND_DATA: ("Consent and data", "What may it ask, and what does it say about privacy?", "CD"),
    SectionKind.TONE: ("Tone", "How should it sound?", "TO"),
    SectionKind.CONVERSATION_STRUCTURE: ("Conversation structure", "How does a conversation go, step by step?", "CS"),
    SectionKind.TECHNIQUES: (
        "Techniques allowed",
        "Which exercises may it offer, and when does it stop?",
        "TE",
    ),
    SectionKind.BOUNDARIES: ("Boundaries", "What must it never do?", "BO"),
    SectionKind.CRISIS_PROTOCOL: ("Crisis protocol", "What does it do when someone may be in danger?", "CR"),
    SectionKind.ESCALATION: ("Handing over", "To whom does it hand over, and how?", "ES"),
    SectionKind.CULTURE_AND_EQUITY: ("Culture and equity", "How does it respect who the person is?", "CU"),
    SectionKind.VULNERABLE_USERS: (
        "Minors and vulnerable people",
        "What changes when someone may be young or at risk?",
        "VU",
    ),
    SectionKind.CLOSING: ("Independence and ending", "How does it end, and how does it avoid being needed?", "CL"),
    SectionKind.EXAMPLES: ("Examples", "What does a good answer look like, and a bad one?", "EX"),
}

SAFETY_SECTIONS = frozenset(
    {
        SectionKind.ROLE_AND_SCOPE,
        SectionKind.AI_DISCLOSURE,
        SectionKind.BOUNDARIES,
        SectionKind.CRISIS_PROTOCOL,
        SectionKind.ESCALATION,
        SectionKind.VULNERABLE_USERS,
    }
)
"""Sections whose change asks for every test again (clinical reference 2.5, change control)."""
