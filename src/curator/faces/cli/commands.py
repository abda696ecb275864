"""Every command on one page, in the order of the working day: where it lives, imported when it is called.

A two-word name is a command of a group. Its help is in the catalogues, so
that `curator --help` imports none of these modules.
"""

from __future__ import annotations

from collections.abc import Mapping

_HERE = "curator.faces.cli"

SECTIONS: Mapping[str, Mapping[str, str]] = {
    "newsroom": {
        "init": f"{_HERE}.newsroom:init",
        "import": f"{_HERE}.importing:import_",
        "doctor": f"{_HERE}.newsroom:doctor",
        "demo": f"{_HERE}.demo:demo",
        "completion": f"{_HERE}.completion:completion",
    },
    "sources": {
        "source add": f"{_HERE}.sources:add",
        "source list": f"{_HERE}.sources:list_",
        "source show": f"{_HERE}.sources:show",
        "source edit": f"{_HERE}.sources:edit",
        "source pause": f"{_HERE}.sources:pause",
        "source resume": f"{_HERE}.sources:resume",
        "source remove": f"{_HERE}.sources:remove",
        "source check": f"{_HERE}.sources:check",
        "source import": f"{_HERE}.sources:import_",
        "source export": f"{_HERE}.sources:export",
        "poll": f"{_HERE}.reading:poll",
        "entries": f"{_HERE}.reading:entries",
    },
    "desk": {
        "desk": f"{_HERE}.desk:desk",
        "next": f"{_HERE}.desk:next_",
        "queue": f"{_HERE}.listing:queue",
        "items": f"{_HERE}.listing:items",
        "search": f"{_HERE}.finding:search",
        "show": f"{_HERE}.looking:show",
        "claim": f"{_HERE}.moves:claim",
        "release": f"{_HERE}.moves:release",
        "clip": f"{_HERE}.writing:clip",
        "write": f"{_HERE}.writing:write",
        "translate": f"{_HERE}.translating:translate",
        "picture": f"{_HERE}.picturing:picture",
        "review": f"{_HERE}.looking:review",
        "problems": f"{_HERE}.looking:problems",
        "approve": f"{_HERE}.moves:approve",
        "skip": f"{_HERE}.moves:skip",
        "requeue": f"{_HERE}.moves:requeue",
        "assign": f"{_HERE}.moves:assign",
        "comment": f"{_HERE}.moves:comment",
        "send-back": f"{_HERE}.moves:send_back",
        "separate": f"{_HERE}.moves:separate",
        "join": f"{_HERE}.moves:join",
        "withdraw": f"{_HERE}.moves:withdraw",
        "preview": f"{_HERE}.publishing:preview",
        "history": f"{_HERE}.happened:history",
        "log": f"{_HERE}.happened:log",
        "undo": f"{_HERE}.moves:undo",
        "tags": f"{_HERE}.tags:tags",
        "filter save": f"{_HERE}.filters:save",
        "filter list": f"{_HERE}.filters:list_",
        "filter remove": f"{_HERE}.filters:remove",
    },
    "readers": {
        "publish": f"{_HERE}.publishing:publish",
        "mirror status": f"{_HERE}.mirror:status",
        "mirror push": f"{_HERE}.mirror:push",
        "mirror settle": f"{_HERE}.mirror:settle",
        "issue draft": f"{_HERE}.issues:draft",
        "issue edit": f"{_HERE}.arranging:edit",
        "issue close": f"{_HERE}.issues:close",
        "issue reopen": f"{_HERE}.issues:reopen",
        "issue list": f"{_HERE}.issues:list_",
        "issue show": f"{_HERE}.issues:show",
        "issue preview": f"{_HERE}.issues:preview",
        "issue check": f"{_HERE}.issues:check",
        "issue test": f"{_HERE}.issues:test",
        "issue send": f"{_HERE}.issues:send",
        "issue status": f"{_HERE}.issues:status",
        "issue pause": f"{_HERE}.issues:pause",
        "issue resume": f"{_HERE}.issues:resume",
        "issue cancel": f"{_HERE}.issues:cancel",
        "issue settle": f"{_HERE}.issues:settle",
        "issue rebuild": f"{_HERE}.issues:rebuild",
        "subscriber add": f"{_HERE}.subscribers:add",
        "subscriber list": f"{_HERE}.subscribers:list_",
        "subscriber show": f"{_HERE}.subscribers:show",
        "subscriber export": f"{_HERE}.subscribers:export",
        "subscriber import": f"{_HERE}.subscribers:import_",
        "subscriber unsubscribe": f"{_HERE}.subscribers:unsubscribe",
        "subscriber erase": f"{_HERE}.subscribers:erase",
        "bounce read": f"{_HERE}.bounces:read",
        "stats": f"{_HERE}.stats:stats",
    },
    "service": {
        "run": f"{_HERE}.service:run",
        "serve": f"{_HERE}.service:serve",
        "alerts list": f"{_HERE}.alerts:list_",
        "alerts test": f"{_HERE}.alerts:test",
        "tidy": f"{_HERE}.tidying:tidy",
        "db upgrade": f"{_HERE}.keeping:db_upgrade",
        "db current": f"{_HERE}.keeping:db_current",
        "db copy": f"{_HERE}.keeping:db_copy",
        "backup": f"{_HERE}.keeping:backup",
        "restore": f"{_HERE}.keeping:restore",
        "resume": f"{_HERE}.resuming:resume",
    },
}

COMMANDS: Mapping[str, str] = {
    name: place for section in SECTIONS.values() for name, place in section.items()
}


def below(group: str | None) -> list[str]:
    """The words that may follow `group`; None: the first words."""
    depth = len(group.split()) if group else 0
    words = (name.split() for name in COMMANDS if group is None or name.startswith(f"{group} "))
    return list(dict.fromkeys(each[depth] for each in words if len(each) > depth))
