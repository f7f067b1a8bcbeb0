"""Tables of order: which properties come first on the page of each kind of thing."""

FIRST = {
    "treaty": (
        *("hasParty", "signedOn", "signedAt", "inForceFrom", "inForceUntil"),
        *("^amends", "^confirms", "^extends", "amends", "confirms", "extends", "supplements"),
        *("^supplements", "kind", "articleCount", "secret", "originalTermYears", "prolongsByYears"),
        *("prolongsUntil", "establishesBase", "baseCount", "^establishedUnder", "signatory"),
        *("ratificationsExchangedOn", "ratificationsExchangedAt", "registeredOn", "registeredWith"),
        *("publishedIn", "mediatedBy", "ended", "brokenOn", "brokenBy", "^ended", "ledTo"),
    ),
    "territory": (
        *("kind", "within", "liesToday", "definedBy", "reaches", "distinctFrom", "^within"),
    ),
    "place": ("kind", "within", "liesToday", "distinctFrom", "^locatedIn", "definedBy"),
    "base": (
        *("locatedIn", "establishedUnder", "maintainedBy", "hostedBy", "kind", "unitKind"),
        "distinctFrom",
    ),
    "person": ("kind", "bornOn", "diedOn", "describedAs", "memberOf"),
    "party": (
        *("kind", "existedFrom", "existedUntil", "officialName", "succeeds", "^succeeds"),
        *("formedFrom", "dependentOn", "memberOf", "alliedWith", "opposedTo", "borders"),
        *("recognisedBy", "distinctFrom"),
    ),
    "body": ("kind", "partOf", "existedFrom", "basis", "dependentOn", "succeeds", "formedFrom"),
    "unit": ("kind", "partOf", "^through"),
    "event": (
        *("date", "plannedFor", "kind", "actor", "participant", "onBehalfOf", "initiatedBy"),
        *("atPlace", "ofTreaty", "partOf", "^partOf", "affects", "content", "outcome", "after"),
        *("before", "coincidesWith", "beganWith", "ended", "ledTo", "prevented"),
    ),
    "source": (
        *("title", "publisher", "handle", "characterCount", "family", "licence", "retrievedOn"),
        *("editedBy", "statesSource", "sha256"),
    ),
}
"""Kind → properties in the order of its first table; `^` reads one from its other end."""

BACKWARD = {
    "amends": "amended by",
    "confirms": "confirmed by",
    "extends": "extended by",
    "supplements": "supplemented by",
    "establishedUnder": "bases under it",
    "ended": "ended by",
    "within": "contains",
    "locatedIn": "bases here",
    "succeeds": "succeeded by",
    "partOf": "consists of",
    "through": "held through it",
}
"""Property → how it reads from its other end."""

CALLED = {
    "hasParty": "parties",
    "signedOn": "signed",
    "family": "copied from",
    "handle": "cited as",
}
"""Property → what the first table calls it, where the name of the term is a word of the trade."""

NAMES = ("also called", "official name")

COMMON_END = ("disagreements", "silent", "outside", "incoming", "statements", "notes", "cite")
"""The last sections of every page: what changes the reading, and lines that lead on."""

SECTIONS = {
    "treaty": (
        *("life", "amounts", "articles", "map", "talk", "proposals", "holders", "roles"),
        *COMMON_END,
    ),
    "territory": ("holders", "amounts", "life", "talk", "articles", "proposals", *COMMON_END),
    "place": ("holders", "amounts", "life", "talk", "articles", "proposals", *COMMON_END),
    "base": ("amounts", "map", "proposals", "life", "talk", "articles", *COMMON_END),
    "person": ("roles", "talk", "life", "amounts", *COMMON_END),
    "party": ("treaties", "holders", "roles", "talk", "life", "amounts", "articles", *COMMON_END),
    "body": ("roles", "talk", "life", "treaties", "amounts", *COMMON_END),
    "source": ("reading", *COMMON_END),
}
"""Kind → its sections in the order of its page."""

SHOWN = {
    "treaties": 5,
    "life": 5,
    "amounts": 1,
    "articles": 3,
    "talk": 2,
    "roles": 2,
    "outside": 0,
    "incoming": 0,
    "statements": 0,
}
"""Section → how much of it stands on the page of the thing; a page of its own has the whole."""

SHOWN_OF = {
    "treaty": {"articles": 5, "life": 7},
    "party": {"holders": 2, "amounts": 0, "articles": 0},
}
"""Kind → sections of which its page shows more or less than others. `holders` counts the rows in
fact and those in law."""

PASSAGES = "passages"
"""The page of a source with all its passages."""

EVERYTHING = "everything"
"""The part that a page outside `/doc/` has, such as that of a concept: no pages lie beside it."""

WHOLE = frozenset(SHOWN) | {"holders", PASSAGES}
"""Sections that may have a page of their own, named by the last part of its address."""

SECTIONS_OTHERWISE = (
    *("life", "amounts", "roles", "talk", "proposals", "articles", "holders", "map"),
    *COMMON_END,
)
