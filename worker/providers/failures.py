"""A provider's failure in our words: what all of them share.

Source: contracts/error-classification.md sections 2.1 and 5.
"""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import httpx
from pydantic import SecretStr

from plinthctl.domain.failures import (
    DETAIL_CHARS,
    Failure,
    FailureClass,
    provider_inside,
    text_for,
)
from plinthctl.domain.text import cut, storable
from worker.context import ProviderError
from worker.providers.bounded import CutShort

TOO_LARGE: Final = "response_too_large"
INVALID_JSON: Final = "invalid_json"
REDACTED: Final = "[redacted]"
CAUSES_DEEP: Final = 10  # a chain of causes may be a ring


@dataclass(frozen=True, slots=True)
class Accused:
    """Whose failure it is, and the key that no text about it may hold."""

    provider: str
    api_key: SecretStr | None

    def failed(
        self,
        failure_class: FailureClass,
        *,
        message: str | None = None,
        detail: str | None = None,
        http_status: int | None = None,
        provider_code: str | None = None,
        request_id: str | None = None,
        retry_after_s: float | None = None,
        user_fault: bool = False,
        may_degrade: bool = False,
    ) -> ProviderError:
        """The error to raise; without a ``message`` the class's own words."""
        return ProviderError(
            Failure(
                failure_class,
                self._told(message or text_for(failure_class, self.provider)),
                provider=self.provider,
                http_status=http_status,
                provider_code=provider_code and self._told(provider_code),
                request_id=request_id and self._told(request_id),
                retry_after_s=retry_after_s,
                user_fault=user_fault,
                may_degrade=may_degrade,
                detail=detail and self._told(detail),
            )
        )

    def _told(self, text: str) -> str:
        key = self.api_key.get_secret_value() if self.api_key else ""
        # Before the cut: half a key at the end of a text would not be recognised.
        clean = text.replace(key, REDACTED) if key else text
        return cut(str(storable(clean)), DETAIL_CHARS)

    def unreached(self, error: Exception) -> ProviderError:
        """The error of a request that got no whole answer."""
        failure_class = transport_class(error)
        detail = f"{type(error).__name__}: {error}"
        if failure_class is FailureClass.INVALID_INPUT:
            return self.misaddressed(detail)
        return self.failed(failure_class, detail=detail)

    def misaddressed(self, detail: str) -> ProviderError:
        """The error of a base URL that is none: our configuration."""
        setting = f"{provider_inside(self.provider)} (providers.{self.provider}.base_url)"
        message = f"The address of {setting} cannot be used."
        return self.failed(FailureClass.INVALID_INPUT, message=message, detail=detail)

    def usable_key(self) -> str | None:
        """The key, where there is one and a header can carry it."""
        key = self.api_key.get_secret_value() if self.api_key else ""
        # The HTTP library would refuse the others too, with the key in its words.
        return key if key and key.isascii() and key.isprintable() and " " not in key else None

    def key(self, *, may_degrade: bool = False) -> str:
        """The key, fit for a header.

        Raises:
            ProviderError: auth_failure; there is none, or no header can carry it.
        """
        key = self.usable_key()
        if key is not None:
            return key
        setting = f"{provider_inside(self.provider)} (providers.{self.provider}.api_key)"
        message = (
            f"The key of {setting} holds characters that no key has."
            if self.api_key
            else f"No key is set for {setting}."
        )
        raise self.failed(FailureClass.AUTH_FAILURE, message=message, may_degrade=may_degrade)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """``error`` and what led to it, the nearest first."""
    for _ in range(CAUSES_DEEP):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def has_cause(error: BaseException, *kinds: type[BaseException]) -> bool:
    """Whether one of ``kinds`` led to ``error``."""
    return any(isinstance(cause, kinds) for cause in causes(error))


def transport_class(error: Exception) -> FailureClass:
    """The class of a request that got no whole answer."""
    # A time-out is a transport error too: the narrower question comes first.
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return FailureClass.NETWORK_TIMEOUT
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return FailureClass.INVALID_INPUT
    if has_cause(error, ssl.SSLCertVerificationError):
        return FailureClass.UNKNOWN
    if isinstance(error, httpx.TransportError | CutShort):
        return FailureClass.PROVIDER_UNAVAILABLE
    return FailureClass.UNKNOWN


def status_class(status: int) -> FailureClass:
    """The class of a status that has no row of its own at its provider."""
    if status == 408:
        return FailureClass.NETWORK_TIMEOUT
    if status == 429:
        return FailureClass.RATE_LIMITED
    if status >= 500:
        return FailureClass.PROVIDER_UNAVAILABLE
    return FailureClass.UNKNOWN
