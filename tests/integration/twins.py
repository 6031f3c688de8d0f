"""Two people who live together and were born on one day: whoever names them by that names nobody."""

from collections.abc import AsyncIterator
from datetime import date

from policies.vocabulary import Agency
from service.db.engine import engine as database
from service.gateway.ports import Sighting
from service.settings import Settings
from service.subjects.intake import take_in

TWINS = {"demographics": {"birth_date": "1991-02-03", "street": "12 Mirror Ct", "zip": "27701"}}
"""Names both."""


async def add_twins(configured: Settings) -> None:
    """Have EMS know them both."""

    async def feed() -> AsyncIterator[Sighting]:
        for number, given in enumerate(("Ottilie", "Rosamund")):
            described = {"birth_date": date(1991, 2, 3), "street": "12 Mirror Ct", "zip": "27701", "sex": "F"}
            yield Sighting(Agency.EMS, f"EPTWIN{number}", given, "Mirrored", ssn4=f"010{number}", **described)  # type: ignore[arg-type]  # each of its own type

    engine = database(configured.database_url)
    await take_in(engine, feed())
    await engine.dispose()
