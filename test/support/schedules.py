"""Turns a random generator into schedules as people write them, and now and then as nobody should."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

ZONES = (
    "UTC",
    "Europe/Warsaw",
    "America/New_York",
    "Australia/Lord_Howe",  # moves its clocks by half an hour
    "Asia/Kathmandu",  # +05:45
    "Africa/Casablanca",  # moves its clocks for Ramadan
    "Pacific/Apia",  # skipped a whole day in 2011
    "America/St_Johns",  # -03:30, and used to move its clocks at 00:01
)
PRESETS = ("@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@quarterly", "@yearly", "@annually")
LOW_HIGH = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
MONTHS = ("jan", "FEB", "Mar", "apr", "may", "jun", "jul", "aug", "sep", "OCT", "nov", "dec")
WEEKDAYS = ("sun", "MON", "Tue", "wed", "thu", "fri", "SAT")


def cron(random: Random) -> str:
    """A cron expression; most of them fire at least once a month."""
    if random.random() < 0.1:
        return random.choice(PRESETS)
    minute = random.choice(("0", "0", "*", "30", "*/15", _field(random, 0)))
    hour = random.choice(("*", "*", "*/2", "0", "2", "2,3", "1-4", _field(random, 1)))
    day = random.choice(("*",) * 6 + ("1", "L", "31", "29-L", _field(random, 2)))
    month = random.choice(("*",) * 6 + (random.choice(MONTHS), _field(random, 3)))
    weekday = random.choice(
        ("*",) * 6
        + (
            random.choice(WEEKDAYS),
            "MON-FRI",
            "L5",
            f"{random.randint(0, 6)}#{random.randint(1, 4)}",
            _field(random, 4),
        )
    )
    return " ".join((minute, hour, day, month, weekday))


def delta(random: Random) -> timedelta:
    """A timedelta of whole seconds, from a minute to some days."""
    usual = (60, 300, 3600, 7 * 3600, 86_400, 5 * 86_400)
    return timedelta(seconds=random.choice((*usual, random.randrange(60, 10**6))))


def bad_cron(random: Random) -> str:
    """A cron expression with something done to it; some survive that."""
    fields = cron(random).split()
    position = random.randrange(len(fields))
    damage = random.choice(("drop", "double", "replace", "replace", "replace", "cut", "append"))
    if damage == "drop":
        del fields[position]
    elif damage == "double":
        fields.insert(position, fields[position])
    elif damage == "replace":
        fields[position] = random.choice(DAMAGES)
    elif damage == "cut":
        fields[position] = fields[position][:-1]
    else:
        fields[position] += random.choice(",-/#L?*09")
    return " ".join(fields)


DAMAGES = (
    "", "60", "24", "32", "13", "8", "-1", "0", "5-", "-5", "/5", "*/0", "*/", "1-2-3", "1//2", "5-1", "1,,2", ",", "a",
    "monday", "jan", "MON#6", "MON#0", "#1", "L", "L9", "LW", "?", "**", "*,5", "1.5", "1e1", "٣", "0x1", "H", "H/5",
    "$", "1;2", "mon-", "fri-mon", "7-1", "29-L", "L-3", "1#1#1", "5/2", "*/99", "1-5/2", "1-5/0", "1,L5", "SUN-SAT",
)  # fmt: skip


def moment(random: Random, zone: str) -> datetime:
    """A moment in UTC, mostly within two days of one at which the zone's clocks were moved."""
    somewhere = datetime(2009, 1, 1, tzinfo=UTC) + timedelta(seconds=random.randrange(20 * 365 * 86400))
    change = _next_clock_change(somewhere, zone) if random.random() < 0.7 else None
    if change is None:
        return somewhere
    return change + timedelta(minutes=random.randrange(-2 * 1440, 2 * 1440))


def _next_clock_change(moment: datetime, zone: str) -> datetime | None:
    here = ZoneInfo(zone)
    for _ in range(370):
        tomorrow = moment + timedelta(days=1)
        if moment.astimezone(here).utcoffset() != tomorrow.astimezone(here).utcoffset():
            return tomorrow
        moment = tomorrow
    return None


def _field(random: Random, position: int) -> str:
    low, high = LOW_HIGH[position]
    first, second = sorted((random.randint(low, high), random.randint(low, high)))
    forms = (
        str(first),
        f"{first}-{second}",
        f"{first},{second}",
        f"*/{random.randint(1, high)}",
        f"{first}-{second}/{random.randint(1, 4)}",
        f"{first},{first}-{second}",
    )
    return random.choice(forms)
