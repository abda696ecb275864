"""Reading at the desk: the queue, any item, what is missing, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from curator.curate import dossier as dossiers
from curator.curate import passage
from curator.curate.comparison import in_words, source_changes
from curator.curate.dossier import Dossier
from curator.curate.imported import Kept, originals_of
from curator.faces.cli import views
from curator.faces.cli.call import Call
from curator.faces.cli.changes import print_changes
from curator.faces.cli.grammar import argument, command, edition_option, option, pass_call
from curator.faces.cli.remembering import tell_before
from curator.model import Problem, Status


@command()
@argument("item_id", type=int, metavar="ID")
@option("--entry", "show_entry", is_flag=True)
@option("--diff", "show_diff", is_flag=True)
@option("--fetch", "fetching", is_flag=True)
@edition_option
@pass_call
def show(
    call: Call, /, item_id: int, edition: str | None, *, show_entry: bool, show_diff: bool, fetching: bool
) -> None:
    wanted = call.edition(edition)
    if fetching:
        from curator.ingest.articles import fetch_page

        fetch_page(call.store, call.web, call.newsroom.readers, item_id, now=call.now)
    found = dossiers.read_dossier(call.store, item_id)
    view = views.item(found, edition=wanted, settings=call.settings, messages=call.messages)
    changes = source_changes(call.store, item_id) if show_diff else None
    if show_diff:
        view["diff"] = None if changes is None else in_words(changes)
        view["changes"] = [views.change(change) for change in changes or ()]
    if show_entry or fetching:
        view["paragraphs"] = _paragraphs(found)
    kept = originals_of(call.store, item_id) if show_entry and found.imports else ()
    if kept:
        view["originals"] = [views.original(each.imported) | {"raw": each.raw} for each in kept]
    call.emit(view)
    if show_diff:
        print_changes(call, changes)
    if show_entry or fetching:
        _print_originals(call, kept) if kept else _print_entry(call, found)
    elif not show_diff:
        print_item(call, view)


@command()
@argument("item_id", type=int, metavar="ID")
@edition_option
@pass_call
def review(call: Call, /, item_id: int, edition: str | None) -> None:
    wanted = call.edition(edition)
    dossier = dossiers.read_dossier(call.store, item_id)
    found = dossier.reviewed(wanted, call.settings, call.newsroom.spelling)
    ready = not any(problem.blocks for problem in found)
    call.emit({"ready": ready, "problems": [views.problem(p, call.messages) for p in found]})
    if ready:
        call.say("review_nothing_missing", item=item_id)
    _tell_problems(call, [problem for problem in found if problem.blocks])
    if warnings := [problem for problem in found if not problem.blocks]:
        call.say("review_look")
        _tell_problems(call, warnings)
    tell_before(call, [item_id], edition=wanted)


def _tell_problems(call: Call, found: Sequence[Problem]) -> None:
    for problem in found:
        call.tell(f"{problem.code}  {call.messages.problem(problem)}")


@command()
@pass_call
def problems(call: Call) -> None:
    known = [Problem(code=code, waivable=waivable) for code, waivable in dossiers.CODES.items()]
    call.emit({"problems": [{"code": p.code, "waivable": p.waivable, "blocks": p.blocks} for p in known]})
    call.table(["code", "waivable", "blocks"], [(p.code, p.waivable, p.blocks) for p in known])


def print_item(call: Call, view: views.View) -> None:
    """One item for people: what readers will get first, then what is missing."""
    entry, source = view["entry"] or {}, view["source"] or {}
    call.say(
        "item_line",
        id=view["id"],
        status=call.messages.say(f"status_{view['status']}"),
        version=view["version"],
        editor=view["editor"],
    )
    if correction := view["correction"]:
        call.say(f"item_correction_{correction['waits_for']}", id=view["id"], **correction)
    _print_heading(call, view)
    for line in (view["note"] or "").splitlines():
        call.prose(f"  {line}".rstrip())
    _print_excerpt(call, view["excerpt"])
    _print_quotation(call, view["quotation"])
    for credited in view["attributions"]:
        parts = (
            credited["title"],
            ", ".join(credited["authors"]),
            credited["publisher"],
            credited["url"],
            credited["license"],
        )
        call.say("item_attribution", attribution=" — ".join(part for part in parts if part))
    facts: dict[str, dict[str, Any] | None] = {
        "item_assignee": {"name": view["assignee"]} if view["assignee"] else None,
        "item_image": view["image"],
        "item_image_link": view["image"] and view["image"]["link_because"],
        "item_image_failed": view["image"] and view["image"]["copy_error"],
        "item_tags": {"tags": view["tags"]} if view["tags"] else None,
        "item_imported": _imported(call, view),
        "item_lost_picture": _lost_picture(view),
        "item_source": {"name": source.get("name"), "url": entry.get("url")} if source else None,
        "item_text_gone": _text_gone(call, view),
        "item_page": _page(call, view),
        "item_page_failed": view["page_error"],
        "item_opt_outs": _opt_outs(view),
        "item_language_differs": _two_languages(entry),
        "item_source_changed": {"item": view["id"]} if view["source_changed"] and entry else None,
        "item_already_published": _already(call, view),
        "item_publish_at": _scheduled(call, view),
        "item_public": view["public"],
    }
    for key, data in facts.items():
        if data:
            call.say(key, **data)
    tell_siblings(call, view)
    for said in view["comments"]:
        at = call.spoken(datetime.fromisoformat(said["at"]))
        call.say("item_comment", editor=said["editor"], at=at, text=said["text"])
    for began in view["machine"]:
        call.say(
            "item_was_machine" if began["edited"] else "item_is_machine",
            engine=began["engine"],
            field=call.messages.say(f"field_{began['field']}"),
        )
    for machine in view["suggestions"]:
        _print_suggestion(call, machine, of=view["id"])
    _print_problems(call, view)


def _print_heading(call: Call, view: views.View) -> None:
    """The headline; until there is one the source's title, as such."""
    title = (view["entry"] or {}).get("title")
    if view["headline"] or not title:
        call.prose(f"  {view['headline'] or ''}")
    else:
        call.prose(call.messages.say("item_title", title=title))


def _print_problems(call: Call, view: views.View) -> None:
    """All that blocks; of the warnings one of each kind and field, as `review` shows all."""
    of_a_kind: dict[tuple[str, str], list[views.View]] = {}
    for found in view["problems"]:
        if found["blocks"]:
            call.say("item_problem", code=found["code"], message=found["message"])
        else:
            of_a_kind.setdefault((found["code"], found["field"]), []).append(found)
    for first, *others in of_a_kind.values():
        call.say("item_warning", code=first["code"], message=first["message"])
        if others:
            call.say("item_warning_more", count=len(others), item=view["id"])


def _imported(call: Call, view: views.View) -> dict[str, Any] | None:
    """From where and when it was brought."""
    told = view["imported"]
    if told is None:
        return None
    first = told["originals"][0]
    return {
        "item": view["id"],
        "form": call.messages.say(f"form_{first['form']}"),
        "at": call.spoken(datetime.fromisoformat(first["at"])),
        "url": first["permalink"] or first["guid"] or first["place"],
    }


def _lost_picture(view: views.View) -> dict[str, Any] | None:
    lost = view["imported"] and view["imported"]["lost_picture"]
    return {"words": [said for said in lost.values() if said]} if lost else None


def _text_gone(call: Call, view: views.View) -> dict[str, Any] | None:
    """Nobody needed it, for long: it is to be had from the page, or when its feed tells it again."""
    since = view["entry"] and view["entry"]["cleared_at"]
    if not since:
        return None
    return {"item": view["id"], "at": call.spoken(datetime.fromisoformat(since))}


def _page(call: Call, view: views.View) -> dict[str, Any] | None:
    page = view["page"]
    if page is None:
        return None
    at = call.spoken(datetime.fromisoformat(page["fetched_at"]))
    return {"item": view["id"], "words": page["words"], "at": at}


def _opt_outs(view: views.View) -> dict[str, Any] | None:
    asked = view["page"] and view["page"]["opt_outs"]
    return {"opt_outs": asked} if asked else None


def _two_languages(entry: views.View) -> dict[str, Any] | None:
    """Where the text is in another language than its feed says."""
    language, declared = entry.get("language"), entry.get("declared_language")
    if not language or not declared or language.split("-")[0] == declared.split("-")[0]:
        return None
    return {"language": language, "declared": declared}


def _already(call: Call, view: views.View) -> dict[str, Any] | None:
    already = view["already_published"]
    if already is None:
        return None
    return {"item": already["item"], "at": call.spoken(datetime.fromisoformat(already["at"]))}


def _scheduled(call: Call, view: views.View) -> dict[str, Any] | None:
    if view["status"] != Status.READY or view["publish_at"] is None:
        return None
    edition = call.edition(view["edition"])
    return {"at": call.spoken(datetime.fromisoformat(view["publish_at"]), edition)}


def _print_excerpt(call: Call, excerpt: views.View | None) -> None:
    if excerpt is None:
        return
    call.tell("")
    for line in excerpt["text"].splitlines():
        call.prose(f"  > {line}".rstrip())
    call.say("item_excerpt", words=excerpt["words"], language=excerpt["language"])


def _print_quotation(call: Call, quotation: views.View | None) -> None:
    if quotation is None or quotation["original_words"] is None:
        return
    if (permission := quotation["full_text_permission"]) is not None:
        call.say("item_quotation_permitted", **quotation, **permission)
    else:
        call.say("item_quotation", **quotation)


def tell_siblings(call: Call, view: views.View) -> None:
    """Who else tells the story: sources to look at, and to attribute to."""
    for sibling in view["siblings"]:
        call.say(
            "item_sibling",
            item=sibling["item"],
            source=sibling["source"]["name"] if sibling["source"] else "",
            status=call.messages.say(f"status_{sibling['status']}"),
            title=sibling["title"] or "",
            url=sibling["url"] or "",
        )


def _print_suggestion(call: Call, machine: views.View, *, of: int) -> None:
    call.say(
        "item_suggestion_stale" if machine["stale"] else "item_suggestion",
        item=of,
        field=call.messages.say(f"field_{machine['field']}"),
        language=machine["language"],
        engine=machine["engine"],
        at=call.spoken(datetime.fromisoformat(machine["at"])),
    )
    for line in machine["text"].splitlines():
        call.prose(f"  ~ {line}".rstrip())


def _print_entry(call: Call, found: Dossier) -> None:
    if found.entry is None:
        call.say("item_without_entry", item=found.item.id)
        return
    call.tell(found.entry.title)
    call.tell(found.entry.url or "")
    if found.page is not None and found.entry.html == found.page.article.html:
        call.say("entry_from_page", at=call.spoken(found.page.fetched_at))
    if found.entry.cleared_at is not None and not found.entry.html:
        call.say("item_text_gone", item=found.item.id, at=call.spoken(found.entry.cleared_at))
    for number, words in enumerate(_paragraphs(found), start=1):
        call.prose(f"\n[{number}] {words}")


def _print_originals(call: Call, kept: Sequence[Kept]) -> None:
    """As the blog had it; of several documents the one that says most, and where else it stood."""
    first, *others = kept
    call.prose(first.imported.recovered.headline)
    call.tell(first.imported.permalink or first.imported.guid or "")
    call.say("original_from", form=_form(call, first), place=first.imported.place)
    for number, words in enumerate(first.paragraphs, start=1):
        call.prose(f"\n[{number}] {words}")
    if others:
        call.tell("")
    for each in others:
        call.say("original_also", form=_form(call, each), place=each.imported.place)


def _form(call: Call, kept: Kept) -> str:
    return call.messages.say(f"form_{kept.imported.form}")


def _paragraphs(found: Dossier) -> list[str]:
    """As `write --paragraphs` counts them, from 1."""
    if found.entry is None:
        return []
    return [passage.in_words(block) for block in passage.paragraphs(found.entry.html)]
