"""Searches tickets by number, address, station, and the words of subject and messages, allowing typos.

The words of tickets are in an index maintained by triggers (`TicketIndex`). A word that no ticket has is taken as a
typo of the most similar known words (`SearchWord`, filled by a periodic task); the last word may be a prefix.
"""

from collections.abc import Sequence
from typing import Any, Final

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import F, Q, QuerySet

from chargers.models import Charger
from support.knowledge import trigrams
from support.models import SearchWord, Ticket, TicketIndex

LIMIT: Final = 500
"""How many matches are ranked; the newest are used."""
_MAX_WORDS: Final = 10
_LONGEST: Final = 200
_TYPO_FROM: Final = 4
_SHORTEST: Final = 2
"""Words of this many letters or fewer have no trigram."""
_ALIKE: Final = 0.6
_SPELLINGS: Final = 5
_CANDIDATES: Final = 60
_KEPT: Final = 60
"""Longer words are more likely keys than words."""
_WEIGHTS: Final = (0.1, 0.2, 0.4, 1.0)
"""Weights of D, C, B and A: a word of the subject or the address counts more than one of a message."""


def rank_matches(rows: QuerySet[Ticket], search_text: str) -> list[int]:
    """Returns the keys of matching rows, best first: by number or station, then by words; newer before older."""
    term = search_text.strip().replace("\x00", "")[:_LONGEST]
    if not term:
        return []
    exact_keys = list(rows.filter(_match_exact_term(term)).order_by("-pk").values_list("pk", flat=True)[:LIMIT])
    query = _query(_split_lexemes(term))
    if query is None:
        return exact_keys
    matching = rows.filter(index__search=query).order_by("-pk").values("pk")[:LIMIT]
    best = TicketIndex.objects.filter(ticket__in=list(matching.values_list("pk", flat=True)))
    best = best.annotate(rank=SearchRank(F("search"), query, weights=list(_WEIGHTS))).order_by("-rank", "-ticket_id")
    return list(dict.fromkeys((*exact_keys, *best.values_list("ticket_id", flat=True))))


def learn_words(*, limit: int = 500) -> int:
    """Adds words of new tickets to the known ones; returns how many tickets. Run as a periodic task."""
    keys = list(TicketIndex.objects.filter(is_learnt=False).order_by("pk").values_list("pk", flat=True)[:limit])
    if not keys:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE support_ticketindex SET is_learnt = true WHERE ticket_id = ANY(%s) RETURNING "
            "tsvector_to_array(search)",
            [keys],
        )
        new_words = {
            word for (lexemes,) in cursor.fetchall() for word in lexemes or () if _TYPO_FROM <= len(word) <= _KEPT
        }
    new = sorted(new_words - set(SearchWord.objects.filter(pk__in=new_words).values_list("pk", flat=True)))
    rows = [SearchWord(word=word, pieces=trigrams.of_words([word])) for word in new]
    SearchWord.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return len(keys)


def _match_exact_term(term: str) -> Q:
    """Matches a full number, address or station."""
    digits = term.upper().removeprefix("T-")
    condition = Q(email=term.lower()) | Q(charger__in=_stations(term))
    if digits.isascii() and digits.isdecimal() and 1000 < int(digits) < 2**62:
        condition |= Q(pk=int(digits) - 1000)
    return condition


def _stations(term: str) -> Sequence[int]:
    """Returns the chargers with this Station ID, which is one word."""
    if " " in term:
        return []
    return list(Charger.objects.filter(station_id__iexact=term).values_list("pk", flat=True)[:10])


def _split_lexemes(term: str) -> list[str]:
    """Returns the words as the index has them, in the typed order. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lexeme FROM unnest(to_tsvector('simple', support_plain(%s))) ORDER BY positions[1]", [term]
        )
        return [lexeme for (lexeme,) in cursor.fetchall()][:_MAX_WORDS]


def _query(words: Sequence[str]) -> SearchQuery | None:
    """Returns a query for all words, each as typed or as probably meant. At most three queries for each typo."""
    if not words:
        return None
    known_words = set(SearchWord.objects.filter(pk__in=words).values_list("pk", flat=True))
    parts = [_spellings(word, is_known=word in known_words) for word in words]
    return SearchQuery(" & ".join(parts), config="simple", search_type="raw")


def _spellings(word: str, *, is_known: bool) -> str:
    """Returns the word and, as alternatives, words that begin with it and, for an unknown one, similar known words."""
    as_typed = f"{_quote_lexeme(word)}:*"
    if is_known or len(word) < _TYPO_FROM or word.isdecimal():
        return as_typed
    if SearchWord.objects.filter(pk__startswith=word).exists():
        return as_typed
    return "(" + " | ".join([as_typed, *(_quote_lexeme(candidate) for candidate in _find_similar_words(word))]) + ")"


def _find_similar_words(word: str) -> list[str]:
    """Returns the most similar known words, best first."""
    pieces = trigrams.of_words([word])
    shared = "cardinality(ARRAY(SELECT unnest(pieces) INTERSECT SELECT unnest(%s::varchar[])))"
    rows = SearchWord.objects.filter(pieces__overlap=pieces).extra(  # noqa: S610 the words are parameters
        select={"shared": f"{shared} * 2.0 / (cardinality(pieces) + {len(pieces)})"}, select_params=[pieces]
    )
    candidate_words = rows.order_by("-shared", "pk").values_list("pk", flat=True)[:_CANDIDATES]
    scored = [(_score_similarity(word, candidate), candidate) for candidate in candidate_words]
    return [candidate for score, candidate in sorted(scored, key=lambda pair: (-pair[0], pair[1])) if score >= _ALIKE][
        :_SPELLINGS
    ]


def _score_similarity(word: str, other: str) -> float:
    """Returns the similarity; for two addresses both sides must be similar, because many share a provider."""
    if "@" in word or "@" in other:
        (local, _, domain), (its_local, _, its_domain) = word.partition("@"), other.partition("@")
        return min(_part(local, its_local), _part(domain, its_domain))
    return _part(word, other)


def _part(word: str, other: str) -> float:
    if word == other:
        return 1.0
    return trigrams.share(word, other) if min(len(word), len(other)) > _SHORTEST else 0.0


def _quote_lexeme(word: str) -> str:
    """Quotes the word as a lexeme of a raw tsquery."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def first(rows: QuerySet[Ticket], search_text: str, *, limit: int) -> QuerySet[Ticket, Any]:
    """Returns the best matches as a queryset, for searches over several models."""
    return rows.filter(pk__in=rank_matches(rows, search_text)[:limit])
