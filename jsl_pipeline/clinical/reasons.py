"""What a medication is taken for: the words after 'as needed for', 'for' and 'to relieve'."""

SYMPTOM = (
    r"(?:(?:chest |severe |mild |moderate |breakthrough |abdominal |stomach |muscle |back |joint |nerve |high |sore )?"
    r"(?:pain|aches?|headaches?|fever|n/v|temp(?:erature)?|nausea|vomiting|cough|wheez\w*|itch\w*|anxi\w*|insomnia|agitat\w*"
    r"|sleepless\w*|sleep|constipat\w*|diarrh\w*|breathless\w*|(?:shortness\s+of\s+breath)|sob|dyspn\w+|migraines?|attack"
    r"|symptom\w*|allerg\w+|heartburn|indigestion|reflux|spasms?|cramps?|cramping|dizziness|vertigo|congestion|rash|hives"
    r"|throat|angina|palpitations?|swelling|inflammation|bloating|seizures?|panic|infection|acidity|gas|cold|blood\s+pressure"
    r"|(?<=high )bp|bleeding|discomfort)s?)"
)
"""A symptom by its name."""

# Words that begin the next statement, and so end a reason.
_END = (
    r"(?:and|or|for|up|max\w*|x|then|take|use|apply|give|once|twice|thrice|one|two|three|four|five|six|seven|eight|nine"
    r"|ten|daily|nightly|weekly|every|each|at|with|before|after|by|no|not|do|if|when|until|unless|per|via|in|on|as"
    r"|refills?|disp\w*|qty|quantity|mitte|supply|only|b\.?d|t\.?d\.?s|q\.?d\.?s|b\.?i\.?d|t\.?i\.?d|q\.?i\.?d|o\.?d|h\.?s"
    r"|p\.?o|prn|q\d+h|not|days?|weeks?|months?|years?|hours?|doses?|half|an?|about|another|over|above|below|greater|less|more)"
)
_WORD = rf"(?:n/v|(?!{_END}\b)[a-z][a-z'’-]+)"

REASON = rf"{_WORD}(?:(?:[ /]|\sor\s|\sof\s|\sand\s(?={SYMPTOM}\b)){_WORD}){{0,4}}"
"""A reason in any words, up to those that begin another statement."""

_PRN = r"(?:p\.?r\.?n|s\.?o\.?s)\.?"
_AS_NEEDED = (
    r"(?:(?:only\s+)?(?:as(?:\s+and\s+when)?|when(?:ever)?|if)\s*(?:needed|required|necessary|neccessary)"
    rf"|{_PRN}|on\s+demand)"
)
_FOR = r"(?:for|to\s+(?:relieve|control|help|treat))"
_WHEN = (
    r"(?:when(?:ever)?|if|in\s+case\s+of)\s+(?:(?:you|(?:the\s+)?(?:patient|child)|he|she)\s+)?"
    r"(?:(?:there\s+is|in|ha(?:s|ve)|gets?|feels?|having|experienc(?:e|es|ing))\s+)?"
)
_DEGREE = (
    r"(?:\s*(?:[<>≥≤]=?|over|above|below|greater\s+than)\s*\d{1,3}(?:\.\d)?(?!\w)(?:\s*°?\s*[FC]\b)?"
    r"|\s*\(?(?:(?:pain\s+)?(?:score|scale|level|rating)\s+(?:of\s+)?)?\d{1,2}\s?(?:-|to)\s?\d{1,2}(?!\s*(?:\w|/\d))(?:\)|\b))?"
)
"""How much of it: 'fever > 101', 'pain (4-6)'."""
_MOMENT = (
    r"(?:bed|morning|evening|night|noon|afternoon|meal|food|breakfast|lunch|dinner|oral|mouth|topical|may|pls|please)"
)
_STARTS = r"\s+(?:starts?|begins?|occurs?|returns?|persists?|develops?|worsens?)"

NEEDED = (
    rf"for\s+(?:for\s+)*({SYMPTOM}{_DEGREE}),?\s+{_AS_NEEDED}",
    rf"{_AS_NEEDED}(?:\s*,?\s*{_FOR}\s+(?:for\s+)*({REASON}{_DEGREE})|\s+({SYMPTOM}(?:\s?(?:or|and|/|,)\s?{SYMPTOM})*{_DEGREE}))?",
    rf"{_PRN}\s+(?!{_MOMENT})({REASON}{_DEGREE})",
    rf"{_WHEN}({SYMPTOM}{_DEGREE})(?:{_STARTS})?",
    rf"{_WHEN}((?:cannot|can't|unable\s+to)\s+sleep)",
    rf"{_WHEN}([a-z]+(?:\s[a-z]+)?){_STARTS}",
)
"""'As needed' in its wordings; the one group of a match is what for."""
