"""`picture`: our own copy of an item's picture, now rather than when it is published."""

from __future__ import annotations

from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, edition_option, pass_call


@command()
@argument("item_id", type=int, metavar="ID")
@edition_option
@pass_call
def picture(call: Call, item_id: int, edition: str | None) -> None:
    from curator.curate import dossier as dossiers
    from curator.curate import pictures
    from curator.faces.cli import views

    wanted = call.edition(edition)
    copy = pictures.fetch_picture(
        call.store,
        call.web,
        call.newsroom.readers,
        item_id,
        pictures=call.settings.pictures,
        now=call.now,
    )
    found = dossiers.read_dossier(call.store, item_id)
    call.emit(views.item(found, edition=wanted, settings=call.settings, messages=call.messages))
    call.say(
        "picture_copied",
        item=item_id,
        type=copy.media_type,
        width=copy.width,
        height=copy.height,
        length=copy.length,
    )


def fetch_due(call: Call) -> None:
    """What may be shown and is not copied yet, before a publish: for half a minute at most."""
    from time import monotonic

    from curator.curate import pictures

    settings = call.settings.pictures
    if not pictures.is_due(call.store, pictures=settings, now=call.now):
        return
    from curator.faces.clock import utcnow

    until = monotonic() + PATIENCE
    with call.progress("pictures_working"):
        pictures.fetch_pictures(
            call.store,
            call.web,
            call.newsroom.readers,
            pictures=settings,
            clock=utcnow,
            stopping=lambda: monotonic() > until,
        )


PATIENCE = 30.0  # seconds; a picture that came too late goes out with the next publish


def tell_left_out(call: Call, item_ids: tuple[int, ...]) -> None:
    """Of what was just published as a link although its picture may be shown."""
    from curator.curate import pictures

    for item_id, error in pictures.left_out(call.store, item_ids, pictures=call.settings.pictures):
        why = call.messages.error(error["code"], {"id": item_id, **error["data"]}) if error else None
        call.note("picture_left_out", item=item_id, why=why)
