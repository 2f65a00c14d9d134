"""Invented people, clinics and places. Streets, towns and postcodes do not exist; telephone numbers are fictional.

US and Indian numbers use 555, UK numbers the range that Ofcom keeps for drama (01632 960000 to 960999).
"""

from enum import StrEnum
from random import Random

_GIVEN = {
    "us": {
        "F": ("Harriet", "Daniela", "Joanne", "Maribel", "Latoya", "Ingrid", "Paige", "Thelma", "Wendy", "Rosalind"),
        "M": ("Curtis", "Emilio", "Gordon", "Terrence", "Wallace", "Marcus", "Leon", "Hector", "Neil", "Roland"),
    },
    "uk": {
        "F": ("Bronwen", "Philippa", "Siobhan", "Gwendolyn", "Adaeze", "Moira", "Beatrice", "Nadia", "Cerys", "Orla"),
        "M": ("Alistair", "Callum", "Rhodri", "Desmond", "Graham", "Hamish", "Kieran", "Tariq", "Nigel", "Ewan"),
    },
    "in": {
        "F": ("Ananya", "Kavitha", "Meenakshi", "Shalini", "Farida", "Lakshmi", "Ritika", "Sunita", "Deepa", "Nandini"),
        "M": ("Arvind", "Harish", "Mohan", "Prakash", "Imran", "Sandeep", "Vikram", "Gopal", "Naveen", "Joseph"),
    },
}
_FAMILY = {
    "us": ("Alvarado", "Beckwith", "Castellano", "Dunmore", "Farnsworth", "Holloway", "Kowalski", "Lindqvist", "Okafor",
           "Pemberton", "Quintero", "Stoddard", "Thibodeaux", "Vandermeer", "Whitlock", "Yarborough"),
    "uk": ("Ashdown", "Blackwood", "Carrington", "Dalgleish", "Featherstone", "Greenhalgh", "Llewellyn", "MacAllister",
           "Nwosu", "Oakley", "Pritchard", "Rahman", "Silverdale", "Tremayne", "Underhill", "Wetherby"),
    "in": ("Banerjee", "Chatterjee", "Deshmukh", "Fernandes", "Gopalan", "Iyengar", "Joshi", "Kulkarni", "Malhotra",
           "Nair", "Patwardhan", "Qureshi", "Raghavan", "Saxena", "Trivedi", "Venkatesh"),
}  # fmt: skip
_CLINIC = {
    "us": ("Lantern Hill Family Medicine", "Paper Creek Internal Medicine", "Northwind Primary Care",
           "Juniper Pediatrics", "Harborless Bay Clinic", "Three Kites Health Center"),
    "uk": ("Inkwell Surgery", "The Teasel Practice", "Quillbrook Medical Centre", "Marrowfield Health Centre",
           "Old Bindery Surgery", "Thistledown Practice"),
    "in": ("Kalpana Clinic", "Sample Nagar Polyclinic", "Udaharan Nursing Home", "Neelkamal Heart Centre",
           "Tulsi Family Clinic", "Chitra Hospital"),
}  # fmt: skip
_STREET = {
    "us": ("Placeholder Ave", "Paper Lantern Way", "Imaginary Blvd", "Margin St", "Footnote Dr", "Blotter Lane"),
    "uk": ("Inkwell Street", "Parchment Row", "Semicolon Lane", "Quire Road", "Vellum Close", "Blotting Hill"),
    "in": ("Kagaz Marg", "Namuna Road", "Syahi Street", "Kalam Chowk", "Lekhan Path", "2nd Cross, Akshar Layout"),
}
_TOWN = {
    "us": (
        "Nowhere Falls, CA 00{:03d}",
        "Sampleton, OH 00{:03d}",
        "Draftwood, TX 00{:03d}",
        "Mock Harbor, ME 00{:03d}",
    ),
    "uk": ("Examplebury ZZ{0} {1}ZZ", "Draftford ZZ{0} {1}YY", "Mockingham ZZ{0} {1}XX", "Upper Proofing ZZ{0} {1}WW"),
    "in": ("Namunapur 000 {:03d}", "Kalpit Nagar 000 {:03d}", "Udaharanabad 000 {:03d}", "Chitragaon 000 {:03d}"),
}


class Region(StrEnum):
    """Whose habits a document follows: names, dates, forms, shorthand."""

    US = "us"
    UK = "uk"
    INDIA = "in"


def draw_name(rng: Random, region: Region, sex: str) -> str:
    """A full name; `sex` is F or M."""
    given, family = rng.choice(_GIVEN[region][sex]), rng.choice(_FAMILY[region])
    middle = f" {rng.choice('ABCDEGHJKLMNPRST')}." if region is Region.US and rng.random() < 0.2 else ""
    return f"{given}{middle} {family}"


def draw_clinic(rng: Random, region: Region) -> str:
    """The name of a clinic."""
    return rng.choice(_CLINIC[region])


def draw_address(rng: Random, region: Region) -> str:
    """A street and a town, in one line."""
    town = rng.choice(_TOWN[region]).format(rng.randrange(1, 10 if region is Region.UK else 1000), rng.randrange(1, 10))
    return f"{rng.randrange(2, 240)} {rng.choice(_STREET[region])}, {town}"


def draw_phone(rng: Random, region: Region) -> str:
    """A fictional telephone number as that region writes it."""
    match region:
        case Region.US:
            return f"({rng.randrange(201, 990)}) 555-01{rng.randrange(100):02d}"
        case Region.UK:
            return f"01632 960{rng.randrange(1000):03d}"
        case Region.INDIA:
            return f"+91 {rng.choice((22, 44, 80))} 5550 {rng.randrange(10000):04d}"


def draw_licence(rng: Random, region: Region) -> str:
    """A registration number in a form that the region's register does not issue."""
    match region:
        case Region.US:
            return f"{rng.choice('ABDEFG')}X-{rng.randrange(10_000, 99_999)}"
        case Region.UK:
            return f"99{rng.randrange(10_000, 99_999)}"
        case Region.INDIA:
            return f"XMC/{rng.randrange(10_000, 99_999)}"


def draw_title(rng: Random, region: Region) -> str:
    """Letters after a prescriber's name."""
    choices = {
        "us": ("MD", "DO", "MD, FAAFP"),
        "uk": ("MBChB MRCGP", "MBBS"),
        "in": ("MBBS, MD", "MBBS, DNB", "MD (Med)"),
    }
    return rng.choice(choices[region])
