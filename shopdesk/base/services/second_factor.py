"""The second factor: codes of an authenticator (TOTP), and recovery codes for when it is lost (T1)."""

import secrets
from base64 import b32encode
from datetime import datetime
from typing import Literal

import segno
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from shopdesk.base import audit, clock
from shopdesk.base.audit import Fact
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff
from shopdesk.base.services.staff import CHANGED, check_administers, locked_account

RECOVERY_CODES = 10
# Without letters and figures that look alike: 31 of them, 10 in a code, about 49 bits.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE_LENGTH = 10
_FINGERPRINT_LENGTH = 16  # as many characters as the table of recovery codes takes

Factor = Literal["authenticator", "recovery code"]


@transaction.atomic
def begin(staff: Staff) -> TOTPDevice:
    """The authenticator's key that this person is about to scan; the same one until a code confirms it.

    Raises ``DomainError`` (T1) where a second factor is on already.
    """
    staff = _lock(staff)
    if staff.second_factor_since is not None:
        raise DomainError(
            "T1", _("Your second factor is on already. Turn it off before you set up another one.")
        )
    device, _made = TOTPDevice.objects.get_or_create(user=staff, confirmed=False, defaults={"name": "TOTP"})
    return device


def pending(staff: Staff) -> TOTPDevice | None:
    """The key that waits to be confirmed."""
    return TOTPDevice.objects.filter(user=staff, confirmed=False).first()


def confirm(staff: Staff, code: str, *, now: datetime | None = None) -> tuple[Staff, list[str]]:
    """Turn the second factor on with the first code, and end all other sessions. Answers the recovery codes.

    They can be read this once: the table keeps fingerprints. Raises ``DomainError`` (T1) for a wrong code, or
    where nothing waits.
    """
    with transaction.atomic():
        staff = _lock(staff)
        device = TOTPDevice.objects.select_for_update().filter(user=staff, confirmed=False).first()
        if device is None:
            raise DomainError("T1", _("Nothing waits to be confirmed. Begin again."))
        matched = device.verify_token(_digits(code))
        if matched:
            device.confirmed = True
            device.save(update_fields=["confirmed"])
            staff.second_factor_since = now or clock.now()
            staff.session_stamp += 1
            staff.save(update_fields=["second_factor_since", "session_stamp"])
            codes = _make_codes(staff)
            _record(staff, "on", staff, now)
    # A wrong code is counted first and refused outside, so that the count stays.
    if not matched:
        raise _wrong_code()
    return staff, codes


def verify(staff: Staff, code: str) -> Factor:
    """Check a code of the authenticator or a recovery code, and use it up: neither works twice.

    Raises ``DomainError`` (T1) for a wrong one. Each wrong one makes the next wait longer.
    """
    typed = "".join(code.split()).replace("-", "").lower()
    factor: Factor = "authenticator" if typed.isdigit() and len(typed) == 6 else "recovery code"
    matched = False
    with transaction.atomic():
        if factor == "authenticator":
            totp = TOTPDevice.objects.select_for_update().filter(user=staff, confirmed=True).first()
            matched = totp is not None and totp.verify_token(typed)
        else:
            static = StaticDevice.objects.select_for_update().filter(user=staff).first()
            matched = static is not None and static.verify_token(_fingerprint(typed))
    if not matched:
        raise _wrong_code()
    return factor


def recovery_codes_left(staff: Staff) -> int:
    """How many recovery codes were not used yet."""
    left: int = StaticToken.objects.filter(device__user=staff).count()
    return left


def renew_codes(staff: Staff, code: str, *, now: datetime | None = None) -> list[str]:
    """New recovery codes in place of the old ones, for a code. Raises ``DomainError`` (T1) for a wrong one."""
    verify(staff, code)
    with transaction.atomic():
        staff = _lock(staff)
        codes = _make_codes(staff)
        _record(staff, "new recovery codes", staff, now)
    return codes


def turn_off(staff: Staff, code: str, *, now: datetime | None = None) -> None:
    """Do without, for a code. Raises ``DomainError`` (T1) for a wrong one, or where the role must have one."""
    if staff.role_needs_second_factor:
        raise DomainError(
            "T1", _("Your role must have a second factor. A manager can reset it for a new phone.")
        )
    verify(staff, code)
    with transaction.atomic():
        _forget(_lock(staff), staff, now)


@transaction.atomic
def reset(staff_id: int, *, actor: Staff | None, now: datetime | None = None) -> Staff:
    """Take somebody's second factor away, who lost it, and end all their sessions; they set up a new one.

    ``None`` is whoever runs commands on the machine itself: a single manager has nobody else. Raises
    ``Forbidden`` (T1) by role, ``DomainError`` (T1) for one's own or where there is none.
    """
    if actor is not None:
        check_administers(actor)
        if staff_id == actor.pk:
            raise DomainError("T1", _("Nobody resets their own second factor. Another manager must."))
    staff = locked_account(staff_id)
    if staff.second_factor_since is None:
        raise DomainError("T1", _("There is no second factor to reset."))
    _forget(staff, actor, now)
    return staff


def qr_code(device: TOTPDevice) -> str:
    """The key as a QR code: SVG without style or script, with its own light ground."""
    drawn: str = segno.make(device.config_url, error="m", micro=False).svg_inline(
        border=3, dark="#000", light="#fff", omitsize=True, svgclass="qr"
    )
    return drawn


def typed_key(device: TOTPDevice) -> str:
    """The key for those who type it: groups of four letters."""
    key = b32encode(device.bin_key).decode()
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


def _lock(staff: Staff) -> Staff:
    return Staff.objects.select_for_update().get(pk=staff.pk)


def _forget(staff: Staff, actor: Staff | None, now: datetime | None) -> None:
    TOTPDevice.objects.filter(user=staff).delete()
    StaticDevice.objects.filter(user=staff).delete()
    staff.second_factor_since = None
    staff.session_stamp += 1
    staff.save(update_fields=["second_factor_since", "session_stamp"])
    _record(staff, "off", actor, now)


def _make_codes(staff: Staff) -> list[str]:
    device, _made = StaticDevice.objects.get_or_create(user=staff, defaults={"name": "recovery"})
    device.token_set.all().delete()
    codes = [
        "".join(secrets.choice(_LETTERS) for _letter in range(_CODE_LENGTH))
        for _code in range(RECOVERY_CODES)
    ]
    StaticToken.objects.bulk_create([StaticToken(device=device, token=_fingerprint(code)) for code in codes])
    half = _CODE_LENGTH // 2
    return [f"{code[:half]}-{code[half:]}" for code in codes]


def _fingerprint(code: str) -> str:
    """What is kept of a recovery code: whoever reads the table can sign in with none of them."""
    return salted_hmac("shopdesk.recovery_code", code, algorithm="sha256").hexdigest()[:_FINGERPRINT_LENGTH]


def _digits(code: str) -> str:
    return "".join(code.split())


def _wrong_code() -> DomainError:
    return DomainError(
        "T1",
        _(
            "This code does not fit. Wait for the next one and look at the clock of your phone; "
            "each wrong code makes the wait longer."
        ),
        field="code",
    )


def _record(staff: Staff, what: str, actor: Staff | None, now: datetime | None) -> None:
    audit.record(
        Fact(CHANGED, "staff", str(staff.pk), {}, {"second factor": what}), at=now or clock.now(), actor=actor
    )
