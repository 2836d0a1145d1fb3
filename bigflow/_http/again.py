"""Turns an act that may go better next time into its last answer."""

from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

from bigflow._http.patience import Cut, Patience
from bigflow._http.transport import Answer

AGAIN = (408, 425, 429, 500, 502, 503, 504)  # statuses that may be others in a moment


def patiently(act: Callable[[], Answer], patience: Patience, who: str) -> Answer:
    """Do it until it works, with growing pauses; what cannot be done gives its last answer or error."""
    for failed in range(1, patience.tries):
        try:
            answer = act()
        except Cut:
            patience.rest(failed)
            continue
        if answer.status not in AGAIN:
            return answer
        answer.drop()
        patience.rest(failed, retry_after(answer.headers), who)
    return act()


def retry_after(headers: Mapping[str, str]) -> float:
    """The pause that is asked for: in seconds, or as a date, which is compared with the server's own clock."""
    wanted = headers.get("retry-after", "")
    if wanted.isdecimal():
        return float(wanted[:9])
    try:
        pause = parsedate_to_datetime(wanted) - parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, pause.total_seconds())
    except (ValueError, TypeError):
        return 0.0
