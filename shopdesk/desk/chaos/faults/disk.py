"""The disk for files is full while photos and lists are uploaded."""

from __future__ import annotations

import io
import time
from itertools import count as counting

from shopdesk.desk.chaos.callers import Access, multipart, upload_list
from shopdesk.desk.chaos.handed_over import an_export
from shopdesk.desk.chaos.ledger import Write
from shopdesk.desk.chaos.own_desk import OwnDesk
from shopdesk.desk.chaos.scene import Outcome, Scene
from shopdesk.desk.chaos.waiting import afresh, wait_until

SIDE = 120  # pixels of a photo, all of them different: about 40 KB
FULL_SECONDS, WRITTEN_WITHIN = 5.0, 90.0
SAYS = "no room left"
_numbers = counting()


def disk_full(desk: OwnDesk, access: Access, number: int) -> Outcome:
    """No file finds room for some seconds: whoever sends one is told, everything else goes on."""
    desk.ensure()
    scene = Scene(desk, access, "disk", number)
    tickets, photo = _open_tickets(), _photo()
    before = desk.files()
    with scene.under_load(allowed=(507,)) as crowd:

        def upload(port: int, number: int) -> None:
            if number % 4:
                return
            ticket = tickets[next(_numbers) % len(tickets)]
            key = f"{scene.mark}e{number}"
            body = multipart({"stage": "request"}, f"{key}.png", photo)
            crowd.write(port, Write("evidence", key, f"/api/v1/tickets/T{ticket}/evidence/", body))

        crowd.also.append(upload)
        time.sleep(2)
        with desk.full_disk():
            port = crowd.ports[0]
            scene.expect("an import", upload_list(port, access), 200, SAYS)
            scene.expect("an import by htmx", upload_list(port, access, htmx=True), 507, SAYS)
            export = _failed_export(scene, desk)
            time.sleep(FULL_SECONDS)
        scene.lift()
        scene.await_recovery()
    afresh()
    scene.outcome.under_way += f"; {sum(write.kind == 'evidence' for write in crowd.ledger.writes)} photos"
    if not any(what.startswith("507") for what in scene.outcome.errors):
        scene.outcome.wrong.append("nobody met the full disk")
    _judge_files(scene, desk, before)
    if SAYS not in export:
        scene.outcome.wrong.append(f"a file that had no room says {export!r}")
    kind = "a full file system" if desk.is_on_own_disk else "a limit to the size of files (no disk to mount)"
    scene.outcome.under_way += f"; by {kind}"
    return scene.outcome


def _judge_files(scene: Scene, desk: OwnDesk, before: set[str]) -> None:
    """No row without its file, no new file without its row."""
    from afterservice.models import Evidence
    from afterservice.services.evidence import preview_name
    from orders.models import ImportFile
    from shopdesk.base.models import Export

    photos = list(Evidence.objects.exclude(file=""))
    named = {str(photo.file.name) for photo in photos}
    named |= set(Export.objects.exclude(file="").values_list("file", flat=True))
    named |= set(ImportFile.objects.exclude(content="").values_list("content", flat=True))
    kept = desk.files()
    scene.outcome.lost += len(named - kept)
    previews = {preview_name(photo) for photo in photos}
    if left := kept - named - previews - before:
        scene.outcome.wrong.append(f"{len(left)} files without a row, such as {min(left)}")


def _failed_export(scene: Scene, desk: OwnDesk) -> str:
    """What a long list says that the worker could not keep."""
    from shopdesk.base.models import Export

    work = an_export(desk)
    work.start()
    export = Export.objects.order_by("-pk").filter(code="orders")[0]
    wait_until(lambda: Export.objects.filter(pk=export.pk).exclude(status="running").exists(), WRITTEN_WITHIN)
    export.refresh_from_db()
    if export.status != Export.Status.FAILED or export.file:
        scene.outcome.wrong.append(f"the file that had no room is {export.status}")
    return str(export.error)


def _open_tickets() -> list[int]:
    from afterservice.models import Ticket
    from afterservice.states import OPEN_CASES

    return list(Ticket.objects.filter(case__in=OPEN_CASES).order_by("-pk").values_list("pk", flat=True))


def _photo() -> bytes:
    import random

    from PIL import Image

    content = io.BytesIO()
    dots = random.Random(1).randbytes(SIDE * SIDE * 3)  # noqa: S311 (a picture of noise)
    Image.frombytes("RGB", (SIDE, SIDE), dots).save(content, "PNG")
    return content.getvalue()
