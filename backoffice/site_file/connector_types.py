"""The plugs with an OCPI name (OCPI 2.2.1 8.4.5 ConnectorType, with the additions of 2.3.0)."""

_DOMESTIC = tuple(f"DOMESTIC_{letter}" for letter in "ABCDEFGHIJKLMNO")
_NEMA = tuple(f"NEMA_{name}" for name in ("5_20", "6_30", "6_50", "10_30", "10_50", "14_30", "14_50"))

ALL = (
    "IEC_62196_T1",
    "IEC_62196_T1_COMBO",
    "IEC_62196_T2",
    "IEC_62196_T2_COMBO",
    "IEC_62196_T3A",
    "IEC_62196_T3C",
    "CHADEMO",
    "CHAOJI",
    "GBT_AC",
    "GBT_DC",
    "IEC_60309_2_single_16",
    "IEC_60309_2_three_16",
    "IEC_60309_2_three_32",
    "IEC_60309_2_three_64",
    "MCS",
    "PANTOGRAPH_BOTTOM_UP",
    "PANTOGRAPH_TOP_DOWN",
    "SAE_J3400",
    "TESLA_R",
    "TESLA_S",
    *_NEMA,
    *_DOMESTIC,
)
