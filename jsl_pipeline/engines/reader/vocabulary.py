"""How forms, letterheads and lists call things: label -> field."""

import re

LABELS: dict[str, str] = {
    "patient_name": r"(?:patient(?:'?s)?|pt\.?|client|resident|member|student|child|pupil|full)(?:'?s)?"
    r"\s*(?:full\s*)?name(?:\s*(?:&|and)\s*address)?"
    r"|name\s*of\s*(?:the\s*)?(?:patient|child|student|pupil)|patient|pt\.?|resident|student|pupil|child|member|beneficiary|customer|service\s*user|employee",
    "name": r"(?:title,?\s*)?(?:forenames?,?\s*surname|(?:my\s*)?name(?:\s*is)?)"
    r"(?:\s*(?:&|and)\s*address|\s*\((?:last|first|family|given|surname)\b[^)]*\))?",
    "first_name": r"(?:first|given)\s*names?|forenames?",
    "last_name": r"last\s*name|surname|family\s*name",
    "dob": r"d\.?\s?[o0]\.?\s?[b8]\.?|date\s*of\s*birth|birth\s*-?\s*date|patient\s*dob|born",
    "age": r"(?:patient\s*)?age(?:\s*\(?(?:years|yrs|in\s*years)\)?)?",
    "age_sex": r"age\s*[/&|,-]?\s*(?:sex|gender)|(?:sex|gender)\s*[/&|,-]\s*age",
    "sex": r"(?:patient(?:'?s)?\s*)?(?:sex|gender)",
    "address": r"(?:patient(?:'?s)?\s*|home\s*|residential\s*|mailing\s*|street\s*)?(?:address|addr\.?)",
    "city": r"city|town",
    "state": r"state|province|county",
    "zip": r"zip(?:\s*code)?|post(?:al)?\s*code|pin\s*code|pincode",
    "phone": r"(?:patient(?:'?s)?\s*|home\s*|cell\s*|mobile\s*|tele)?phone(?:\s*(?:no\.?|number|#))?"
    r"|(?:ph\.?\s*)?tel\.?(?:\s*no\.?)?|mob(?:ile|\.)?(?:\s*(?:no\.?|number))?|contact\s*(?:no\.?|number)|ph\.?(?:\s*no\.?)?|cell",
    "weight": r"(?:body\s*)?weight(?:\s*\(?(?:kgs?|lbs?)\)?)?|wt\.?",
    "prescriber": r"(?:(?:prescribing|attending|treating|ordering|consulting|requesting|discharging|admitting|e[dr]"
    r"|emergency|consultant|responsible)\s*)?"
    r"(?:doctor|physician|medical\s*officer|provider|prescriber|practitioner|consultant|clinician|psychiatrist|pa?ediatrician"
    r"|(?!radio|patho|ana?esthesi|audi|psycho)\w+ologist)(?:'?s)?(?:\s*name)?"
    r"|(?:prescribed|issued|written|treated|seen|electronically\s*signed|signed)\s*by|attending|prescribing|your\s*(?:doctor|provider|physician)(?:\s*today)?(?:\s*(?:is|was))?|dr\.?\s*name|doctor\s*/?\s*prescriber|gp",
    "license": r"(?:medical\s*|doctor(?:'?s)?\s*|state\s*|prescriber\s*)?"
    r"(?:licen[sc]e|lic\.?|gmc|nmc|npi|dea|mci|pmdc|ahpra)"
    r"(?:\s*(?:no\.?|number|num|id|ref|#))*|(?:medical|doctor(?:'?s)?)\s*(?:registration|regn?\.?)(?:\s*(?:no\.?|number|#))*"
    r"|(?:doctor|physician|prescriber|provider)(?:'?s)?\s*(?:unique\s*)?(?:id|no\.?|number)",
    "registration": r"(?:registration|regn?\.?|regd\.?)(?:\s*(?:no\.?|number|num|id|#))*",
    "date": r"date|dt\.?|dos"
    r"|(?:rx|prescription|report|visit|consultation|issue|order|written|document|encounter|service)\s*date"
    r"|date\s*(?:of\s*)?(?:prescription|prescribed|issued?|visit|report|consultation|written|order|today)|dated"
    r"|discharged?(?:\s*date)?|date\s*of\s*discharge",
    "medications": r"(?:your\s*|current\s*|home\s*|discharge\s*|active\s*|regular\s*|present\s*|prescribed\s*"
    r"|patient\s*|new\s*|changed\s*|continued\s*|ongoing\s*|as[\s-]*required\s*|as[\s-]*needed\s*|prn\s*|chronic\s*|routine\s*|scheduled\s*|daily\s*|acute\s*|repeat\s*|oral\s*|long[\s-]*term\s*)*"
    r"(?:meds|medications?|medicines?|drugs?)"
    r"(?:\s*(?:list|prescribed|requested|advised|history|(?:on|at)\s*(?:discharge|admission)|to\s*(?:take|continue)))?"
    r"|rx|dh|(?:(?:new|your|home|current|discharge)\s*)?prescriptions|(?:drug|med(?:ication)?)\s*hx|prescriptions?(?:\s*(?:details|items|information))?"
    r"|(?:(?:current|present|regular|ongoing)\s*)?treatment(?:\s*(?:plan|advised|given))?|advi[cs]ed?\s*medications?|(?:[\w-]+\s+){1,3}management",
    "sig": r"sig(?:na)?|directions?(?:\s*for\s*use)?|instructions?|dosage|dose|take|how\s*to\s*(?:take|use)",
    "frequency": r"frequency|freq\.?|how\s*often|timing",
    "quantity": r"(?:disp(?:ense)?|qty|quantity|supply|mitte|amount|no\.?\s*of\s*(?:tablets|units))\.?"
    r"(?:\s*dispensed?)?",
    "refills": r"refills?|repeats?(?:\s*allowed)?|rpt",
    "duration": r"duration|days(?:\s*supply)?|for(?:\s*how\s*long)?",
    "route": r"route",
    "strength": r"strength",
    "form": r"(?:dosage\s*)?form",
    "other": r"marital\s*status|occupation|profession|e-?mail(?:\s*(?:id|address))?|ref(?:erred|\.)?\s*by"
    r"|referring\s*(?:doctor|physician|provider)|emergency\s*contact(?:\s*phone)?"
    r"|social\s*security(?:\s*number)?|ssn|mrn|uhid|hospital\s*(?:id|no)|blood\s*(?:pressure|group)|nationality|religion"
    r"|insurance(?:\s*(?:id|no|company))?|policy(?:\s*(?:no|number))?|allerg(?:y|ies)|diagnos[ie]s|ward|bed(?:\s*no)?|fax|pcp|room|plan|group",
}
"""Field -> how forms call it, without the colon."""

NAMED = re.compile(r"(?:" + "|".join(f"(?P<{k}>{v})" for k, v in LABELS.items()) + r")", re.I)
"""A label, with the group that is named as its field."""

OFTEN_MISREAD = {
    "patient name": "patient_name",
    "date of birth": "dob",
    "gender": "sex",
    "address": "address",
    "doctor name": "prescriber",
    "physician": "prescriber",
    "prescriber": "prescriber",
    "license": "license",
    "medications": "medications",
    "current medications": "medications",
    "prescription": "medications",
}
"""Labels long enough to be known by most of their letters."""
