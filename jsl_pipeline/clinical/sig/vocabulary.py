"""Words of directions that carry no number: verbs, places on the body, standing instructions, and mere grammar."""

import re

from jsl_pipeline.clinical.found import AMOUNT, COUNT, TO
from jsl_pipeline.clinical.reasons import REASON

METHODS: dict[str, str] = {
    "take": r"take|to\s+be\s+taken|taking|taken|tk",
    "inhale": r"inhaled?|to\s+be\s+inhaled|breathe\s+in",
    "apply": r"apply|to\s+be\s+applied|applied|smear|spread",
    "instil": r"insti?ll?(?:ed)?|to\s+be\s+instilled",
    "inject": r"inject(?:ed)?|to\s+be\s+injected",
    "insert": r"insert(?:ed)?|to\s+be\s+inserted",
    "administer": r"administer(?:ed)?|to\s+be\s+administered",
    "give": r"give|given|to\s+be\s+given",
    "chew": r"chew(?:ed)?|to\s+be\s+chewed",
    "dissolve": r"dissolved?|to\s+be\s+dissolved|let\s+dissolve|melt",
    "swallow": r"swallow(?:ed)?|to\s+be\s+swallowed",
    "suck": r"suck(?:ed)?|to\s+be\s+sucked",
    "drink": r"drink|drunk",
    "use": r"use|used|to\s+be\s+used",
    "place": r"place|put",
    "spray": rf"(?<![a-z]\s)spray(?=\s+(?:\x00|{AMOUNT}|in|into|each|on|onto|to|the|affected|under))",
    "rub": r"rub(?:bed)?(?:\s+in)?|massage",
    "wash": r"wash(?:ed)?|shampoo(?=\s+(?:the|hair|scalp))",
    "gargle": r"gargle",
    "swish": r"swish(?:\s+and\s+(?:spit|swallow|expectorate))?",
    "rinse": r"rinse(?!\s+mouth)",
    "infuse": r"infused?",
    "nebulise": r"nebuli[sz]ed?",
    "mix": r"mix|stir",
    "wear": r"wear",
    "crush": r"crush",
    "sprinkle": r"sprinkle",
    "soak": r"soak",
    "brush": r"brush",
    "paint": r"paint",
}
"""FHIR `method` and how it is written."""

SHORT_ROUTES = {
    "rectal": r"pr|p\.r\.",
    "vaginal": r"pv|p\.v\.|per\s+vagina",
    "inhalation": r"inh|nebs?|via\s+nebuli[sz]er",
    "topical": r"top|(?<=apply\s)l/?a",
    "ophthalmic": r"e/[do]|ophth(?:al)?",
    "subcutaneous": r"sub-?q|s\.q\.?|sq|(?<=/)s[cq]|under\s+(?:the\s+|your\s+)?skin",
    "oral": r"per\s+os|p/o|(?<=/)po",
    "intravenous": r"(?<=/)iv|ivpb?",
    "intramuscular": r"(?<=/)im",
    "sublingual": r"sl|under\s+(?:the\s+|your\s+)?tongue",
    "nasogastric": r"(?:via\s+|per\s+)?(?:ng(?:\s*tube|t)?|nasogastric(?:ally|\s+tube)?)|n\.g\.",
    "gastrostomy": r"(?:via\s+|per\s+)?(?:peg(?:\s+tube)?|g-?tube|gastrostomy(?:\s+tube)?|feeding\s+tube)",
    "buccal": r"buccal(?:ly)?",
    "intradermal": r"intradermal(?:ly)?",
    "intrathecal": r"intrathecal(?:ly)?",
}
"""Routes as directions alone shorten them; elsewhere 'pr' is a pulse and 'top' a word."""

METHOD_ROUTES = {"inhale": "inhalation", "nebulise": "inhalation"}
"""Methods that say the route."""

_SIDE = r"(?:(?:each|both|left|right|affected|either|upper|lower|lt|rt|l|r)\s+)"
_BODY = (
    r"(?:eye(?:lid)?s?|ears?(?:\s+canals?)?|nostrils?|nose|arms?|upper\s+arms?|forearms?|legs?|knees?|elbows?|hands?|feet|foot|shoulders?"
    r"|hips?|face|scalp|neck|back|lower\s+back|chest(?:\s+wall)?|abdomen|stomach|thighs?|buttocks?|gums?|lips?|nails?|toes?|fingers?"
    r"|ankles?|wrists?|hair|skin|groin|trunk|body|cheeks?|wound|lesions?|rash|joints?|muscles?|deltoid|mouth|tongue|throat|lungs?|rectum|anus|vagina)"
)
_AILS = r"\s+(?:pain|ache|infections?|swelling|irritation|spasms?|cramps?|redness|allergy|itch\w*)"
SITE = re.compile(
    rf"(?<!\w)(?:(?:in|into|to|on|onto|over|at|inside)\s+)(?:the\s+|your\s+|an?\s+)?(?P<site>{_SIDE}?(?:the\s+)?{_BODY}(?!{_AILS})"
    rf"(?:(?:\s*,|\s*&|\s+and|\s+or)\s+(?:the\s+|your\s+)?{_SIDE}?{_BODY}(?!{_AILS})){{0,4}}"
    r"|(?:clean|dry|the|clean,?\s+dry)\s+skin|(?:the\s+)?(?:affected|painful|itchy|inflamed|sore)\s+(?:areas?|parts?|sites?|skin|eyes?|ears?|joints?)"
    r"|(?-i:AAA?)|injection\s+site)(?!\w)"
    rf"|(?<!\w)(?P<bare>(?:each|both|left|right|affected|(?-i:[LR]|[LR]T|Lt|Rt)\.?)\s+{_BODY}(?!{_AILS})|affected\s+areas?|(?-i:AAA)|(?<=wash\s)(?:the\s+|your\s+)?{_BODY})(?!\w)",
    re.IGNORECASE,
)
"""Where on the body; `site` or `bare` is the place without its preposition."""

EYES = {"OU": "both eyes", "OS": "left eye", "OD": "right eye", "BE": "both eyes", "LE": "left eye", "RE": "right eye"}
EARS = {"AU": "both ears", "AS": "left ear", "AD": "right ear"}
"""Latin for eyes and ears, in a line that speaks of drops or of the organ."""
EYE_WORDS = re.compile(r"\b(?:eyes?|drops?|gtts?|ophth\w*|ophthalmic)\b", re.IGNORECASE)
EAR_WORDS = re.compile(r"\b(?:ears?|drops?|gtts?|otic)\b", re.IGNORECASE)

_MEASURE = (
    r"(?:oz|ounces?|mls?|cc|lit(?:re|er)s?|glass(?:es|ful)?|cups?|little|small\s+amount|half\s+(?:a\s+)?(?:glass|cup))"
)
_CRUSH = r"(?:crush|chew|break|split|cut|open|swallow|suck|divide|bite)(?:ed)?"
INSTRUCTION = re.compile(
    r"(?<!\w)(?:"
    r"(?:exactly\s+)?(?:just\s+)?as\s+(?:directed|instructed|advised|prescribed|told|discussed|per\s+(?:instructions?|protocol|directions?))"
    r"(?:\s+(?:by|on|in)\s+(?:your\s+|the\s+)?(?:doctor|dr|physician|prescriber|gp|hospital|clinic|nurse|pack(?:et|age)?|label|specialist|md))?"
    r"|(?:follow|see|per)\s+(?:the\s+|pack(?:age)?\s+)?(?:directions?|instructions?|label|leaflet)"
    r"|mdu|ud|ut\s?dict"
    r"|until\s+(?:all\s+)?(?:finished|gone|completed?|done|taken|used(?:\s+up)?|(?:further\s+)?review(?:ed)?|better|clear(?:ed)?|symptoms?\s+(?:resolve|improve|clear)s?|told\s+to\s+stop)"
    r"|(?:complete|finish)\s+(?:the\s+|all\s+)?(?:full\s+|whole\s+)?(?:course|medication|medicine|antibiotics?|prescription)"
    r"|(?:and\s+)?then\s+(?:stop|discontinue|review|discard(?:\s+the)?(?:\s+(?:rest|remainder))?"
    r"|(?:rinse|wash|remove|spit|swallow|drink|rest|wait)(?:\s+(?:off|out|it|well|thoroughly|with\s+water|for\s+\d{1,2}\s+hours))*)"
    r"|together|long[- ]term|on-?going|indefinite(?:ly)?|life-?long"
    r"|continuous(?:ly)?|regular(?:ly)?|continue"
    r"|(?:taken?\s+)?with\s+(?:an?\s+|plenty\s+of\s+|lots\s+of\s+|some\s+)?(?:full\s+|large\s+|small\s+)?"
    r"(?:glass(?:ful)?\s+of\s+|cup\s+of\s+|sips?\s+of\s+)?(?:warm\s+|cold\s+)?(?:water|milk|juice|fluids?|liquids?)"
    r"|with\s+or\s+(?:(?:just|immediately|shortly|soon)\s+)?(?:after|without)\s+(?:food|meals?|eating)|without\s+(?:food|regard\s+to\s+(?:food|meals?))|between\s+meals|with\s+a\s+(?:meal|snack)|with\s+snacks?"
    r"|(?:on\s+)?an?\s+empty\s+stomach|empty\s+stomach"
    r"|swallow(?:ed)?\s+whole|whole(?!\s+(?:tab|cap|pill))|shake(?:\s+(?:the\s+)?(?:bottle|inhaler))?(?:\s+well)?(?:\s+before\s+(?:each\s+)?us(?:e|ing))?"
    r"|rinse\s+(?:the\s+|your\s+)?mouth(?:\s+(?:with\s+water|out))?(?:\s+after(?:\s+each)?\s+use)?|via\s+(?:an?\s+)?(?:spacer|aerochamber)(?:\s+device)?|with\s+(?:an?\s+)?spacer"
    r"|(?:very\s+)?sparingly|thinly|generously|liberally|gently|slowly|evenly|(?:as\s+)?(?:an?\s+)?thin(?:\s+(?:layer|film))?(?:\s+of)?(?!\w)"
    rf"|(?:(?:dissolved|dispersed|mixed?|diluted)\s+)?(?:in|with)\s+(?:at\s+least\s+)?(?:{AMOUNT}{TO})?(?:{AMOUNT}|an?)?\s*(?:{_MEASURE}\s+(?:of\s+)?)?"
    r"(?:warm\s+|cold\s+)?(?:water|(?:\w+\s+)?juice|milk|liquid|fluids?|beverage)"
    r"|via\s+(?:(?:an?|the)\s+)?(?:\w*haler|diskus|respimat|spacer|aerochamber|volumatic|syringe|(?:\w+\s+)?(?:pump|pen|device))|cannula|face\s?mask"
    r"|(?:on\s+)?(?:the\s+)?(?:night|evening|day|morning)\s+(?:before|of|after)\s+(?:the\s+|your\s+|an?\s+)?(?:\w+\s+)?"
    r"(?:procedure|surgery|operation|colonoscopy|test|appointment|scan|exam(?:ination)?|chemo(?:therapy)?|treatment|travel|dialysis|infusion|vaccination|admission)"
    r"|(?<=[;,.]\s)stop(?=\s*(?:$|[.;]))|remove\s+(?:the\s+)?(?:old|previous|used)(?:\s+patch)?"
    r"|(?:continuous\s+|slow\s+)?(?:infusion|bolus|push|drip)"
    rf"|(?:at|with|on)\s+(?:the\s+)?(?:first\s+signs?(?:\s+or\s+symptoms?)?|onset)(?:\s+of\s+(?:an?\s+)?{REASON})?"
    r"|(?:the\s+)?contents?(?:\s+of)?"
    rf"|as\s+an?\s+(?!single){REASON}|(?:sit|stand|remain)\s+upright|tapering(?:\s+dose)?|taper(?=\s*\))"
    r"|as\s+(?:before|usual)|(?:while|when)\s+awake|during\s+waking\s+hours|around\s+the\s+clock|atc|for\s+external\s+use(?:\s+only)?|external\s+use\s+only"
    r"|(?:(?:at|on)\s+)?(?:the\s+|about\s+){0,2}same\s+(?:time|day)s?(?:\s+of\s+the\s+(?:day|week|month))?(?:\s+(?:each|every)\s+(?:day|week|month))?"
    r"|initially|to\s+start(?:\s+with)?|loading\s+dose"
    r"|(?:an?\s+)?(?:small|pea[- ]sized?|liberal)\s+amount(?:\s+of)?|rotate\s+(?:injection\s+)?sites?"
    r")(?!\w)",
    re.IGNORECASE,
)
"""Standing instructions that say no amount and no time."""

CAUTION = re.compile(
    rf"(?<!\w)(?:(?:do\s+not|don't|dont|never|not\s+to\s+be)\s+(?:be\s+)?(?:{_CRUSH}(?:\s*(?:,|or|and|,\s*or)\s*{_CRUSH}){{0,3}}|[a-z]+)"
    r"|avoid|may\s+cause|can\s+cause|keep|store|refrigerate|warning|caution|discard|protect)\b(?P<rest>[^.;,\n()\x00]*)",
    re.IGNORECASE,
)
"""A warning, to the end of the clause."""

NEGATION = re.compile(
    r"(?<!\w)(?:(?:(?:may|can|then)\s+)?(?:repeat|increase|double)|(?:then\s+)?(?:off|\d{1,2}\s*-?(?:days?|weeks?)\s+(?:off|break|rest|free))|not|no|never|don't|dont|unless|except|(?:in\s+(?:\w+\s+)?)?divided|remove|start(?=\s+(?:on\s+\d|tomorrow|next|after|when|if|\d{1,2}\s*(?:days?|weeks?|hours?)))|instead|rather\s+than|avoid|hold|withhold|skip|omit|stop|without|alternating|miss)\b"
    r"[^.;,\n()\x00]*",
    re.IGNORECASE,
)
"""Words after which nothing is taken at its word."""

PURPOSE = re.compile(
    r"(?<!\w)(?:(?:indications?|reason|dx|diagnosis)\s*:|for(?:\s+(?:the\s+)?(?:treatment|relief|prevention|management)\s+of)?"
    r"|to\s+(?:help\s+)?(?:reduce|treat|prevent|lower|control|help(?:\s+with|\s+you|\s+him|\s+her)?|relieve|protect|improve|thin|stop))\s+(?:for\s+)*(?:your\s+|the\s+)?",
    re.IGNORECASE,
)
"""What leads to a reason."""

OCCASION = re.compile(
    rf"(?<!\w)(?:(?:half\s+an|an|{COUNT})\s+(?:min(?:ute)?s?|h(?:ou)?rs?|days?)\s+)?"
    r"(?:before|after|during|following|prior\s+to|with|at)\s+(?:(?:each|every)\s+)?(?:the\s+|your\s+|an?\s+)?",
    re.IGNORECASE,
)
"""What leads to an occasion that no timing says: 'after each loose stool'."""

GRAMMAR = re.compile(
    r"(?<!\w)(?:dose\s?pac?k|an?|the|of|to|be|is|are|and|by|at|in|on|via|per|with|please|sig|s|your|this|that|these|it|them|route|dose|doses"
    r"|tablets?|capsules?|medicines?|medications?|then|also|plus|each|only|must|should|total|rx|directions?|dosage|start(?:ing)?|begin|course|from|into|out)(?!\w)",
    re.IGNORECASE,
)
"""Words that mean nothing by themselves."""

NOT_A_DRUG = re.compile(
    r"(?:[ivx]+s{0,2}|(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(?:day)?s?|or|if|when|while|but|may|might|can|than|more|less|extra|additional|same|other|another|half|every|each|after|before|during"
    r"|until|as|for|from|up|down|until|next|last|first|second|third|now|today|tomorrow|again|repeat|increase|reduce|decrease|change"
    r"|start|begin|\w+ly|days?|weeks?|months?|years?|hours?|hourly|minutes?|times?|time|least|about|between|both|all|any|some|few|patient|doctor"
    r"|hospital|clinic|home|work|number|amount|needed|required|directed|necessary|maximum|max|min|minimum|x|mg|ml|mcg|g|not|no|do|use|name"
    r"|strength|form|quantity|qty|refills?|tablets?|capsules?|once|twice|thrice"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty"
    r"|medicine|medication|drug|dose|doses|course|pack|box|bottle|tube|large|small|big|little|good|well|together|alone|ones?|units?|iu|depot|test|check|monitor|measure|wash|call|see|break|split|cut|open|pour|squeeze|bathe|dilute|hold|finish"
    r"|complete|receive|consume|eat|attach|stick|remove|insert|who|which|what|why|how|why|by|h)",
    re.IGNORECASE,
)
"""Words that stand where a drug's name may stand and are none."""
