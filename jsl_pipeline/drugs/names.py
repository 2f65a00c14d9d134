"""What of a written name is the drug's: without strength, form, salt and kind of release."""

import re
from collections.abc import Iterator

_STRENGTH = re.compile(
    r"(?<!\w)\d[\d.,/+-]*\s*(?:mg|mcg|µg|ug|gm?|ml|i\.?u\.?|units?|meq|mmol|%|(?:micro|milli)?gram(?:me)?s?)"
    r"(?:\s*/\s*[\d.]*\s*(?:ml|g|dose|actuation|puff|h(?:ou)?r?|tab))?(?!\w)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<=\s)\d{2,4}(?:[/.]\d{1,3})?(?!\S)")  # `Telma 40`
_BRACKETS = re.compile(r"[(\[](?:[^()\[\]]|\([^()]*\)?)*[)\]]?")
_BETWEEN = re.compile(r"\s*(?:\+|/|&|,|;|\band\b|\bwith\b|\bplus\b|(?<=[a-z]{4})-(?=[a-z]{4}))\s*", re.IGNORECASE)
# Form, device, release, pack and strength in words: none of them tells one drug from another.
_AROUND = frozenset(
    re.findall(
        r"\w+",
        """
    tab tabs tablet tablets cap caps capsule capsules inj injection syp syr syrup susp suspension soln solution
    elixir cream oint ointment gel lotion drop drops gtt inhaler puffer rotacap rotacaps respule respules
    nebuliser nebulizer nebules neb mdi dpi hfa spray patch patches suppository suppositories powder sachet
    sachets lozenge lozenges shampoo vial ampoule syringe pen penfill flexpen solostar kwikpen flextouch
    cartridge evohaler accuhaler turbohaler turbuhaler easyhaler respimat handihaler diskus ellipta autohaler
    oral eye ear nasal topical ophthalmic otic rectal vaginal iv im sc er xr sr cr la xl mr pr dr ir ec od odt
    mups retard prolonged modified extended sustained controlled delayed immediate release coated enteric film
    dispersible effervescent chewable soluble orodispersible slow buffered generic brand low dose high strength
    extra regular maximum max baby child children childrens kids adult junior paediatric pediatric for pre
    filled prefilled soft hard gastro resistant cfc free sugar medicated plaster plasters metered infusion
    liquid transdermal sublingual buccal inhalation subcutaneous intravenous intramuscular mouthwash pens
    syringes vials ampoules usp bp ip po rx hcl hbr supplement supplements otc
        """,
    )
)
SALTS = frozenset(
    re.findall(
        r"\w+",
        """
    acetate acetonide alafenamide anhydrous arginine axetil benzoate besilate besylate bisulfate bisulphate
    bitartrate bromide calcium camsylate chloride cilexetil citrate cypionate decanoate diacetate dihydrate
    dihydrochloride dimeglumine dimesylate dinitrate diphosphate dipropionate disodium disoproxil edisylate
    enanthate erbumine etexilate ethanolate fumarate furoate gluconate hemifumarate hemihydrate hemisulfate
    heptahydrate hexacetonide hexahydrate hyclate hydrate hydrobromide hydrochloride hydroxide iodide
    isethionate lactate lysine magnesium malate maleate medoxomil meglumine mesilate mesylate micronized mofetil
    monohydrate mononitrate monosodium napsylate nitrate olamine oxalate palmitate pamoate pentahydrate
    phosphate potassium propionate proxetil salicylate sesquihydrate sodium stearate succinate sulfate sulphate
    tartrate tebutate tetrahydrate tosylate trihydrate trisodium trolamine tromethamine valerate xinafoate zinc
        """,
    )
)
"""Words after a drug's name that tell which salt, ester or hydrate of it."""


def readings(name: str) -> Iterator[str]:
    """A name as written, then with less and less around it; the last is the barest. Empty ones are left out."""
    seen: set[str] = set()
    outside = _BRACKETS.sub(" ", name)
    sized = _NUMBER.sub(" ", _STRENGTH.sub(" ", outside))
    words = [word for word in sized.split() if not _AROUND.issuperset(_bare(word).split("-"))]
    unsalted = [word for at, word in enumerate(words) if at == 0 or not _is_salt(word, words[at - 1])]
    for reading in (name, outside, sized, " ".join(words), " ".join(unsalted)):
        reading = " ".join(reading.split()).strip(" .,;:-")
        if reading and reading not in seen:
            seen.add(reading)
            yield reading


def parts(name: str) -> list[str]:
    """What a combination is written of: `amoxicillin/clavulanic acid` is two, a single drug one."""
    return [part for part in _BETWEEN.split(name) if part]


def _is_salt(word: str, before: str) -> bool:
    """Whether a word tells the salt of the drug before it; the first of a part of a combination is a drug's own."""
    return _bare(word) in SALTS and _BETWEEN.fullmatch(before) is None and before[-1] not in "+/&,;"


def _bare(word: str) -> str:
    return re.sub(r"['’]s$", "", word.casefold().strip(".,;:()[]-")).strip("'’")
