"""The Mordred 2D descriptors that are taken unless a list is given.

Of the 1,613 of mordredcommunity 2.0.7, these are defined for each of 250 molecules, single atoms,
salts and metal compounds among them, and of 100 polymers, and are for a ring of repeat units
either proportional to the number of units or independent of it, checked with rings of 1x and 2x
on 25 polymers.
"""

from typing import Final

MORDRED_2D: Final = tuple(
    """
    ABC nAcid nBase nAromAtom nAromBond nAtom nHeavyAtom nSpiro nBridgehead nHetero nH nB nC nN nO
    nS nP nF nCl nBr nI nX ATS0dv ATS1dv ATS2dv ATS3dv ATS4dv ATS5dv ATS0d ATS1d ATS2d ATS3d ATS4d
    ATS5d ATS0Z ATS1Z ATS2Z ATS3Z ATS4Z ATS5Z ATS0m ATS1m ATS2m ATS3m ATS4m ATS5m ATS0v ATS1v
    ATS2v ATS3v ATS4v ATS5v ATS0p ATS1p ATS2p ATS3p ATS4p ATS5p ATS0i ATS1i ATS2i ATS3i ATS4i
    ATS5i AATS0dv AATS0d AATS0Z AATS0m AATS0v AATS0p AATS0i ATSC0dv ATSC1dv ATSC2dv ATSC3dv
    ATSC4dv ATSC5dv ATSC0d ATSC1d ATSC2d ATSC3d ATSC4d ATSC5d ATSC0Z ATSC1Z ATSC2Z ATSC3Z ATSC4Z
    ATSC5Z ATSC0m ATSC1m ATSC2m ATSC3m ATSC4m ATSC5m ATSC0v ATSC1v ATSC2v ATSC3v ATSC4v ATSC5v
    ATSC0p ATSC1p ATSC2p ATSC3p ATSC4p ATSC5p ATSC0i ATSC1i ATSC2i ATSC3i ATSC4i ATSC5i AATSC0dv
    AATSC0d AATSC0Z AATSC0m AATSC0v AATSC0p AATSC0i nBonds nBondsO nBondsS nBondsD nBondsT nBondsA
    nBondsM nBondsKS nBondsKD C1SP1 C2SP1 C1SP2 C2SP2 C3SP2 C1SP3 C2SP3 C3SP3 C4SP3 FCSP3 Xch-3d
    Xch-4d Xch-5d Xch-6d Xch-7d Xch-3dv Xch-4dv Xch-5dv Xch-6dv Xch-7dv Xc-3d Xc-4d Xc-5d Xc-6d
    Xc-3dv Xc-4dv Xc-5dv Xc-6dv Xpc-4d Xpc-5d Xpc-6d Xpc-4dv Xpc-5dv Xpc-6dv Xp-1d Xp-2d Xp-3d
    Xp-4d Xp-5d Xp-6d Xp-7d Xp-1dv Xp-2dv Xp-3dv Xp-4dv Xp-5dv Xp-6dv Xp-7dv SZ Sm Sv Sp Si MZ Mm
    Mv Mp Mi NsLi NssBe NssssBe NssBH NsssB NssssB NsCH3 NdCH2 NssCH2 NtCH NdsCH NaaCH NsssCH NddC
    NtsC NdssC NaasC NaaaC NssssC NsNH3 NsNH2 NssNH2 NdNH NssNH NaaNH NtN NsssNH NdsN NaaN NsssN
    NddsN NaasN NssssN NsOH NdO NssO NaaO NsF NsSiH3 NssSiH2 NsssSiH NssssSi NsPH2 NssPH NsssP
    NdsssP NsssssP NsSH NdS NssS NaaS NdssS NddssS NsCl NsGeH3 NssGeH2 NsssGeH NssssGe NsAsH2
    NssAsH NsssAs NsssdAs NsssssAs NsSeH NdSe NssSe NaaSe NdssSe NddssSe NsBr NsSnH3 NssSnH2
    NsssSnH NssssSn NsI NsPbH3 NssPbH2 NsssPbH NssssPb fMF nHBAcc nHBDon IC0 IC1 IC2 IC3 IC4 IC5
    TIC0 TIC1 TIC2 TIC3 TIC4 TIC5 MIC0 MIC1 MIC2 MIC3 MIC4 MIC5 ZMIC0 ZMIC1 ZMIC2 ZMIC3 ZMIC4
    ZMIC5 VMcGowan PEOE_VSA1 PEOE_VSA2 PEOE_VSA3 PEOE_VSA4 PEOE_VSA5 PEOE_VSA6 PEOE_VSA7 PEOE_VSA8
    PEOE_VSA9 PEOE_VSA10 PEOE_VSA11 PEOE_VSA12 PEOE_VSA13 SMR_VSA1 SMR_VSA2 SMR_VSA3 SMR_VSA4
    SMR_VSA5 SMR_VSA6 SMR_VSA7 SMR_VSA8 SMR_VSA9 SlogP_VSA1 SlogP_VSA2 SlogP_VSA3 SlogP_VSA4
    SlogP_VSA5 SlogP_VSA6 SlogP_VSA7 SlogP_VSA8 SlogP_VSA9 SlogP_VSA10 SlogP_VSA11 EState_VSA9
    MPC2 MPC3 MPC4 MPC5 MPC6 MPC7 MPC8 MPC9 MPC10 TMPC10 apol bpol n3Ring n4Ring n5Ring n6Ring
    n7Ring n8Ring n9Ring n10Ring n11Ring n3HRing n4HRing n5HRing n6HRing n7HRing n8HRing n9HRing
    n10HRing n11HRing naRing n3aRing n4aRing n5aRing n6aRing n7aRing n8aRing n9aRing n10aRing
    n11aRing n12aRing nG12aRing naHRing n3aHRing n4aHRing n5aHRing n6aHRing n7aHRing n8aHRing
    n9aHRing n10aHRing n11aHRing n12aHRing nG12aHRing n3ARing n4ARing n5ARing n6ARing n7ARing
    n8ARing n9ARing n10ARing n11ARing n3AHRing n4AHRing n5AHRing n6AHRing n7AHRing n8AHRing
    n9AHRing n10AHRing n11AHRing n4FRing n5FRing n6FRing n7FRing n8FRing n9FRing n10FRing n11FRing
    n12FRing nG12FRing nFHRing n4FHRing n5FHRing n6FHRing n7FHRing n8FHRing n9FHRing n10FHRing
    n11FHRing n12FHRing nG12FHRing nFaRing n4FaRing n5FaRing n6FaRing n7FaRing n8FaRing n9FaRing
    n10FaRing n11FaRing n12FaRing nG12FaRing nFaHRing n4FaHRing n5FaHRing n6FaHRing n7FaHRing
    n8FaHRing n9FaHRing n10FaHRing n11FaHRing n12FaHRing nG12FaHRing nFARing n4FARing n5FARing
    n6FARing n7FARing n8FARing n9FARing n10FARing n11FARing n12FARing nG12FARing nFAHRing
    n4FAHRing n5FAHRing n6FAHRing n7FAHRing n8FAHRing n9FAHRing n10FAHRing n11FAHRing n12FAHRing
    nG12FAHRing nRot SLogP SMR TopoPSA(NO) TopoPSA GGI1 GGI2 GGI3 GGI4 GGI5 JGI1 JGI2 JGI3 JGI4
    JGI5 MWC01 SRW03 MW AMW WPol Zagreb1 Zagreb2 mZagreb2
    """.split()  # noqa: SIM905
)

INTENSIVE: Final = frozenset(
    """
    AATS0dv AATS0d AATS0Z AATS0m AATS0v AATS0p AATS0i AATSC0dv AATSC0d AATSC0Z AATSC0m AATSC0v
    AATSC0p AATSC0i FCSP3 MZ Mm Mv Mp Mi fMF IC0 IC1 IC2 IC3 IC4 IC5 MIC0 MIC1 MIC2 MIC3 MIC4 MIC5
    nG12FRing nFHRing nG12FHRing nFARing nG12FARing nFAHRing nG12FAHRing JGI1 JGI2 JGI3 JGI4 JGI5
    AMW
    """.split()  # noqa: SIM905
)
"""Those that do not grow with the number of repeat units; all others are given per unit."""
