"""What invented companies do."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sector:
    """A trade: what is made, for whom, and per what it is priced."""

    makes: str
    serves: str
    instead_of: str
    unit: str
    offerings: tuple[tuple[str, str], ...]


SECTORS: Final = (
    Sector(
        "route planning software",
        "regional delivery fleets",
        "whiteboards and phone calls",
        "vehicle",
        (
            ("Route", "plans the day's stops and re-plans them when the traffic changes"),
            ("Dock", "books loading bays, so that no driver waits at the gate"),
            ("Proof", "collects signatures and photos at the door, with or without a network"),
            ("Pulse", "shows late deliveries while there is still time to call the customer"),
        ),
    ),
    Sector(
        "energy monitoring",
        "small factories",
        "a yearly visit by an auditor",
        "site",
        (
            ("Meter", "reads every machine's consumption once a minute"),
            ("Peak", "warns before a load peak makes the month expensive"),
            ("Ledger", "turns readings into the figures that the annual report needs"),
            ("Audit", "lists the ten cheapest savings, each with its payback time"),
        ),
    ),
    Sector(
        "bookkeeping software",
        "independent shops",
        "a shoebox of receipts",
        "user",
        (
            ("Books", "matches bank lines with receipts and asks only where it is unsure"),
            ("Till", "brings each evening's takings into the accounts"),
            ("Tax", "fills in the quarterly return and shows where each figure comes from"),
            ("Stock", "counts what is left and what it cost"),
        ),
    ),
    Sector(
        "appointment software",
        "outpatient clinics",
        "a telephone that rings all morning",
        "clinician",
        (
            ("Calendar", "lets patients book, move and cancel without calling"),
            ("Recall", "reminds patients of check-ups, by text or by letter"),
            ("Rooms", "gives each visit a room and the equipment it needs"),
            ("Front", "puts the day's arrivals on one screen at the desk"),
        ),
    ),
    Sector(
        "water quality sensors",
        "fish farms and small waterworks",
        "weekly samples sent to a laboratory",
        "probe",
        (
            ("Probe", "measures oxygen, turbidity and temperature every ten minutes"),
            ("Watch", "calls whoever is on duty when a limit is passed"),
            ("Trace", "keeps five years of readings ready for inspection"),
            ("Field", "calibrates probes at the water's edge from a phone"),
        ),
    ),
    Sector(
        "field service software",
        "lift and boiler engineers",
        "paper job sheets",
        "technician",
        (
            ("Visits", "plans maintenance rounds by contract, skill and distance"),
            ("Parts", "tells which spare parts belong in the van in the morning"),
            ("Sheet", "writes the service report while the work is being done"),
            ("Contract", "invoices recurring maintenance without retyping"),
        ),
    ),
    Sector(
        "training software",
        "hotel groups",
        "a folder behind the reception",
        "employee",
        (
            ("Lessons", "teaches a shift's routines in five minutes on a phone"),
            ("Paths", "gives every role its own first thirty days"),
            ("Checks", "tests hygiene and safety knowledge and keeps the certificates"),
            ("Voices", "translates lessons into eleven languages"),
        ),
    ),
)

CITIES: Final = ("Lyon", "Ghent", "Turku", "Porto", "Leipzig", "Cork", "Brno", "Malmö", "Bilbao")
REGIONS: Final = ("the Nordics", "Iberia", "the Baltics", "Canada", "central Europe")
CUSTOMERS: Final = (
    "Nordhaven Bakeries",
    "Piet & Daughters",
    "Quillmark Supply",
    "Harrowgate Works",
    "Tolvanen Group",
    "Casa Ribeira",
    "Blue Heron Trading",
    "Ostrava Mills",
    "Fennimore & Hale",
    "Kestrel Valley",
)
