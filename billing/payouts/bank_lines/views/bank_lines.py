"""Pages of bank statements: upload, unexplained lines with their next step, and all differences. For agents.

A host's own account has the same page below its payouts.
"""

from typing import Any, BinaryIO, Final, cast

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization.people import access as people
from authorization.people import second_person
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right
from billing.formatting.money import money
from billing.models import BankImport, BankLine, Clearing, LedgerAccount, LedgerEntry, Payout
from billing.payouts.bank_files import formats
from billing.payouts.bank_files.incoming import csv_stream
from billing.payouts.bank_files.incoming.lines import FileError
from billing.payouts.bank_lines import differences, home_lines, wording
from billing.payouts.bank_lines.acts import bank_lines as acts
from billing.payouts.bank_lines.by_hand import answers, clearing
from billing.payouts.bank_lines.by_hand.clearing import Target
from billing.payouts.bank_lines.differences import Difference
from billing.payouts.bank_lines.home_lines import Due
from billing.payouts.bank_lines.imports import ImportResult
from billing.payouts.bank_lines.mappings import QuestionsError
from billing.payouts.bank_lines.matches import NotPossibleError
from chargers.models import Host

Match = BankLine.Match
_PAGE: Final = 50
_MAX_CANDIDATES: Final = 40
_MAX_REASON: Final = 400
_MAX_MB: Final = csv_stream.MAX_BYTES // 2**20
_WITHOUT_BALANCES: Final = ("csv", "camt.054")
"""Formats without balances, so that nothing in such a file can be checked against a sum."""
_OPEN: Final = (Match.UNMATCHED, Match.AMBIGUOUS, Match.WAITING)


class UploadForm(forms.Form):
    """A statement, and the answers to questions about its columns."""

    file = forms.FileField(label="Bank statement")

    def clean_file(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > _MAX_MB * 2**20:
            raise forms.ValidationError(f"It is larger than {_MAX_MB} MB: split it.")
        return file


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bank(request: HttpRequest) -> HttpResponse:
    """Shows the lines of the platform's own account."""
    if not viewer(request).is_agent:
        raise Http404
    return _bank(request, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def host_bank(request: HttpRequest, host: str) -> HttpResponse:
    """Shows the lines of a host's own account."""
    right = Right.HANDLE_MONEY if request.method == "POST" else Right.SEE_MONEY
    owner = people.hosts_with(viewer(request), right).filter(slug=host).first()
    if owner is None:
        raise Http404
    return _bank(request, owner)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bank_line(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows one line: its match or why there is none, and the user's answer."""
    line = _line(request, pk)
    if request.method == "POST":
        return _answer_line(request, line)
    is_matchable = line.pk in answers.matchable_ids([line])
    candidates = list(answers.candidates(line)[:_MAX_CANDIDATES]) if is_matchable else []
    context = {
        **_room(line.host),
        "line": line,
        "sentence": wording.sentence(line),
        "next_step": wording.next_step(line, is_matchable=is_matchable),
        "matches": line.matches.select_related("payout__host").order_by("payout__number"),
        "home_matches": line.home_matches.select_related("invoice", "payout__invoice", "payout__contract"),
        "candidates": candidates,
        "home_candidates": [
            (home_lines.key(due), home_lines.label(due))
            for due in (answers.home_candidates(line) if is_matchable else ())
        ],
        "most": _MAX_REASON,
        "exact": {payout.pk for payout in candidates if payout.amount_minor == abs(line.amount_minor)},
        "is_open": line.match in _OPEN,
        "posting": line.clearings.exclude(state__in=Clearing.GONE).select_related("host").first(),
        "hosts": Host.objects.order_by("name") if line.host is None and line.match in _OPEN else (),
        "accounts": [(code.value, code.label) for code in clearing.OF_LINES],
        "may": line.host is None or people.has_right(viewer(request), Right.HANDLE_MONEY, line.host),
    }
    return render(request, "billing/bank_line.html", context)


@login_required
@require_POST
def clearing_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Approves or declines a posting as the second person, or reverses a posting out of suspense."""
    if not viewer(request).is_agent:
        raise Http404
    row = Clearing.objects.filter(pk=pk).first()
    if row is None:
        raise Http404
    is_return = request.POST.get("do") == "return"
    try:
        updated_clearing = _back_to_suspense(request, row) if is_return else _second_answer(request, row)
    except NotPossibleError as exc:
        notes.warning(request, str(exc))
    else:
        notes.success(request, _clearing_note(updated_clearing))
    account = LedgerAccount.objects.filter(host=row.host, code=LedgerAccount.Code.BANK_SUSPENSE, currency=row.currency)
    page = account.first() if is_return else None
    return redirect("billing:books-account", pk=page.pk) if page else redirect("billing:bank")


def _second_answer(request: HttpRequest, row: Clearing) -> Clearing:
    return acts.answer_clearing(row, approves=request.POST.get("do") == "agree", by=viewer(request), now=now())


def _back_to_suspense(request: HttpRequest, row: Clearing) -> Clearing:
    return acts.return_to_suspense(row, reason=request.POST.get("reason", ""), by=viewer(request), now=now())


@login_required
@require_POST
def suspense_post(request: HttpRequest, pk: int) -> HttpResponse:
    """Moves one entry out of suspense."""
    if not viewer(request).is_agent:
        raise Http404
    entry = LedgerEntry.objects.select_related("host").filter(pk=pk).first()
    if entry is None:
        raise Http404
    try:
        notes.success(
            request,
            _clearing_note(acts.post_suspense(entry, _target(request, entry.host), **_actor_arguments(request))),
        )
    except NotPossibleError as exc:
        notes.warning(request, str(exc))
    account = LedgerAccount.objects.filter(host=entry.host, code=LedgerAccount.Code.BANK_SUSPENSE).order_by("pk")
    page = account.filter(postings__entry=entry).first()
    return redirect("billing:books-account", pk=page.pk) if page else redirect("billing:books")


@login_required
@require_safe
def difference_list(request: HttpRequest) -> HttpResponse:
    """Lists all differences of all hosts, oldest first."""
    if not viewer(request).is_agent:
        raise Http404
    at, kind = now(), read_query_param(request, "kind")
    all_differences = differences.find(now=at)
    counts = {
        difference.kind: sum(other.kind == difference.kind for other in all_differences)
        for difference in all_differences
    }
    filtered_differences = [difference for difference in all_differences if not kind or difference.kind == kind]
    page = Paginator(filtered_differences, _PAGE).get_page(read_query_param(request, "page"))
    context = {
        "room": "books",
        "count": len(all_differences),
        "kinds": [(code, differences.KINDS[code].label, count) for code, count in sorted(counts.items())],
        "kind": kind,
        "page": page,
        "rows": [(difference, difference.days(at), _address(difference)) for difference in page.object_list],
    }
    return render(request, "billing/differences.html", context)


def _bank(request: HttpRequest, host: Host | None) -> HttpResponse:
    questions: tuple[Any, ...] = ()
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and request.POST.get("do") == "answer-statement":
        return _answer_statement(request, host)
    if request.method == "POST" and form.is_valid():
        try:
            imported = _import_file(request, form.cleaned_data["file"], host)
        except QuestionsError as exc:
            questions = exc.questions
            form.add_error("file", "Say how its columns are meant, and choose the file once more.")
        except FileError as exc:
            form.add_error("file", str(exc))
        else:
            _note(request, imported)
            return redirect(_list_of(host))
    context = {"form": form, "questions": questions, "formats": formats.labels()}
    return render(request, "billing/bank.html", _build_list_context(request, host) | context)


def _import_file(request: HttpRequest, file: "UploadedFile[bytes]", host: Host | None) -> ImportResult:
    mapping_fields = {
        name.removeprefix("map-"): value for name, value in request.POST.items() if name.startswith("map-") and value
    }
    values: dict[str, Any] = {
        name: (value,) if name == "debit_marks" else value for name, value in mapping_fields.items()
    }
    assert file.file is not None
    stream = cast("BinaryIO", file.file)
    return acts.bring_in(stream, name=file.name or "", host=host, by=viewer(request), now=now(), columns=values)


def _note(request: HttpRequest, imported: ImportResult) -> None:
    earlier = _describe_earlier_matches(imported.matched_before)
    if imported.file is None:
        notes.info(request, f"Nothing is new: all {imported.lines:,} lines were imported before.{earlier}")
        return
    new = imported.file.lines_count
    parts = [f"{new:,} new line{'' if new == 1 else 's'}, {imported.matched:,} of them matched"]
    parts += [f"{len(imported.doubled):,} known before"] if imported.doubled else []
    parts += [f"{len(imported.refused):,} refused: {imported.refused[0]['message']}"] if imported.refused else []
    note = notes.warning if imported.refused or imported.problems else notes.success
    note(request, "; ".join(parts).rstrip(".") + f".{earlier}")


def _describe_earlier_matches(matched: int) -> str:
    """Describes the matches of lines from earlier files."""
    if not matched:
        return ""
    return f" {matched:,} line{' of an earlier import is' if matched == 1 else 's of earlier imports are'} matched now."


def _build_list_context(request: HttpRequest, host: Host | None) -> dict[str, Any]:
    rows = BankLine.objects.filter(host=host).select_related("file").order_by("-booked_on", "-id")
    selection = read_query_param(request, "show") or "open"
    if selection == "open":
        rows = rows.filter(match__in=_OPEN)
        rows = rows.exclude(kind__in=wording.UNRELATED) if host else rows
    page = Paginator(
        rows.prefetch_related("matches__payout", "home_matches__invoice", "home_matches__payout__invoice"), _PAGE
    ).get_page(read_query_param(request, "page"))
    shown_lines = list(page.object_list)
    can_match = answers.matchable_ids(shown_lines)
    lines = [
        (line, wording.sentence(line), wording.next_step(line, is_matchable=line.pk in can_match), _days(line))
        for line in shown_lines
    ]
    waiting = list(clearing.waiting()) if host is None else []
    return {
        **_room(host),
        "page": page,
        "lines": lines,
        "shown": selection,
        "without_balances": _WITHOUT_BALANCES,
        "imports": BankImport.objects.filter(host=host).order_by("-id")[:10],
        "may": host is None or people.has_right(viewer(request), Right.HANDLE_MONEY, host),
        "waiting": waiting,
        "mine": second_person.find_own_acts(viewer(request), {row.pk: clearing.first_of(row) for row in waiting}),
        "any": BankLine.objects.filter(host=host).exists(),
    }


def _days(line: BankLine) -> int:
    return max((now().date() - line.booked_on).days, 0)


def _answer_line(request: HttpRequest, line: BankLine) -> HttpResponse:
    user, at = viewer(request), now()
    if line.host is not None:
        people.require(user, Right.HANDLE_MONEY, line.host)
    try:
        if request.POST.get("do") == "match":
            acts.match(line, _list_chosen_payouts(request, line), by=user, now=at)
            notes.success(request, "The line is matched.")
        elif request.POST.get("do") == "match-home":
            acts.match_home(line, _chosen_home(request, line), by=user, now=at)
            notes.success(request, "The line is matched, and the payment is recorded.")
        elif request.POST.get("do") == "post" and line.host is None:
            notes.success(
                request, _clearing_note(acts.post_line(line, _line_target(request), **_actor_arguments(request)))
            )
            return redirect("billing:bank-line", pk=line.pk)
        elif request.POST.get("do") == "undo":
            noun = "answer" if line.match == Match.ANSWERED else "match"
            acts.undo(line, reason=_reason(request), by=user, now=at)
            notes.success(request, f"The {noun} was taken back. The line waits for a decision.")
            return redirect("billing:bank-line", pk=line.pk)
        else:
            acts.answer(line, reason=_reason(request), by=user, now=at)
            notes.success(request, "Your answer is kept with the line.")
    except NotPossibleError as exc:
        notes.warning(request, str(exc))
        return redirect("billing:bank-line", pk=line.pk)
    return redirect(_list_of(line.host))


def _actor_arguments(request: HttpRequest) -> dict[str, Any]:
    return {"by": viewer(request), "now": now()}


def _line_target(request: HttpRequest) -> Target:
    """Returns the target of a posting. Raises NotPossibleError if no host was chosen."""
    pk = request.POST.get("host", "")
    host = Host.objects.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 10 else None
    if host is None:
        raise NotPossibleError("Nothing was posted: choose in whose books it belongs.")
    return _target(request, host)


def _target(request: HttpRequest, host: Host) -> Target:
    return Target(host=host, code=request.POST.get("code", ""), reason=_reason(request))


def _reason(request: HttpRequest) -> str:
    """Returns the typed reason, cut to the stored length. Raises NotPossibleError."""
    reason_text = request.POST.get("reason", "").replace("\x00", "").replace("\r\n", "\n").strip()
    if len(reason_text) > _MAX_REASON:
        raise NotPossibleError(
            f"Nothing was changed: it has {len(reason_text):,} characters, and {_MAX_REASON} are kept. Shorten it."
        )
    return reason_text


def _clearing_note(row: Clearing) -> str:
    amount = money(abs(row.amount_minor), row.currency)
    match row.state:
        case Clearing.State.POSTED:
            return f"{amount} is posted to “{row.get_code_display()}” of {row.host}."
        case Clearing.State.DECLINED:
            return "It was declined: nothing was posted."
        case Clearing.State.REVERSED:
            return f"{amount} stands in suspense again."
    return f"{amount} is more than one person may post alone: it waits for a second person."


def _answer_statement(request: HttpRequest, host: Host | None) -> HttpResponse:
    pk = request.POST.get("import", "")
    file = BankImport.objects.filter(host=host, pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None
    if file is None:
        raise Http404
    try:
        acts.answer_statement(file, reason=_reason(request), by=viewer(request), now=now())
    except NotPossibleError as exc:
        notes.warning(request, str(exc))
    else:
        notes.success(request, "Your answer is kept with the statement.")
    return redirect(_list_of(host))


def _list_chosen_payouts(request: HttpRequest, line: BankLine) -> list[Payout]:
    chosen_ids = set(request.POST.getlist("payout"))
    return [payout for payout in answers.candidates(line)[:_MAX_CANDIDATES] if str(payout.pk) in chosen_ids]


def _chosen_home(request: HttpRequest, line: BankLine) -> Due:
    """Returns the chosen invoice or payment. Raises NotPossibleError if none was chosen."""
    chosen_key = request.POST.get("home", "")
    due = next(
        (candidate for candidate in answers.home_candidates(line) if home_lines.key(candidate) == chosen_key), None
    )
    if due is None:
        raise NotPossibleError("Nothing was changed: choose the invoice or payment that this line is.")
    return due


def _line(request: HttpRequest, pk: int) -> BankLine:
    user = viewer(request)
    rows = BankLine.objects.select_related("host", "file")
    rows = rows if user.is_agent else rows.filter(host__in=people.hosts_with(user, Right.SEE_MONEY))
    line = rows.filter(pk=pk).first()
    if line is None:
        raise Http404
    return line


def _room(host: Host | None) -> dict[str, Any]:
    return {"room": "payouts" if host else "books", "host": host, "here": _list_of(host)}


def _list_of(host: Host | None) -> str:
    return reverse("billing:host-bank", args=[host.slug]) if host else reverse("billing:bank")


def _address(difference: Difference) -> str:
    """Returns the address of the page about a difference."""
    sort, key = difference.target
    match sort:
        case "line":
            return reverse("billing:bank-line", args=[key])
        case "payout":
            return reverse("billing:payout", args=[key])
        case "account":
            return reverse("billing:books-account", args=[key])
        case "session":
            return reverse("billing:session", args=[key])
        case "import":
            return _list_of(difference.host) + "#imports"
        case "books":
            return reverse("billing:books")
    return reverse("billing:cases")
