"""Properties of common compounds as textbooks give them.

CRC Handbook of Chemistry and Physics, 97th edition; NIST Chemistry WebBook; Hansen, Solubility
Parameters, 2nd edition; Perry's Chemical Engineers' Handbook, 8th edition (critical constants).
Per column: tolerance (absolute, or relative with the word), then value by compound.
"""

SMILES = {
    "methane": "C", "ethane": "CC", "propane": "CCC", "butane": "CCCC", "pentane": "CCCCC",
    "hexane": "CCCCCC", "heptane": "CCCCCCC", "octane": "CCCCCCCC", "cyclohexane": "C1CCCCC1",
    "ethylene": "C=C", "acetylene": "C#C", "benzene": "c1ccccc1", "toluene": "Cc1ccccc1",
    "naphthalene": "c1ccc2ccccc2c1", "anthracene": "c1ccc2cc3ccccc3cc2c1",
    "phenanthrene": "c1ccc2c(c1)ccc1ccccc12", "pyrene": "c1cc2ccc3cccc4ccc(c1)c2c34",
    "biphenyl": "c1ccc(-c2ccccc2)cc1", "methanol": "CO", "ethanol": "CCO", "phenol": "Oc1ccccc1",
    "ethylene glycol": "OCCO", "glycerol": "OCC(O)CO", "acetone": "CC(C)=O",
    "formaldehyde": "C=O", "benzophenone": "O=C(c1ccccc1)c1ccccc1", "acetic acid": "CC(=O)O",
    "benzoic acid": "O=C(O)c1ccccc1", "oxalic acid": "O=C(O)C(=O)O",
    "succinic acid": "O=C(O)CCC(=O)O", "glycine": "NCC(=O)O", "urea": "NC(N)=O",
    "aniline": "Nc1ccccc1", "pyridine": "c1ccncc1", "acetonitrile": "CC#N",
    "dimethyl sulfoxide": "CS(C)=O", "chloromethane": "CCl", "chloroform": "ClC(Cl)Cl",
    "tetrachloromethane": "ClC(Cl)(Cl)Cl",
}  # fmt: skip

ABSOLUTE = {
    "melting_point_k": (3.0, {
        "benzene": 278.7, "toluene": 178.2, "ethanol": 159.0, "acetone": 178.5,
        "naphthalene": 353.4, "acetic acid": 289.8, "phenol": 314.0, "aniline": 267.1,
        "tetrachloromethane": 250.3, "glycerol": 291.3, "urea": 406.0,
    }),
    "boiling_point_k": (1.5, {
        "benzene": 353.2, "toluene": 383.8, "ethanol": 351.4, "acetone": 329.2,
        "naphthalene": 491.1, "acetic acid": 391.1, "phenol": 455.0, "aniline": 457.3,
        "hexane": 341.9, "tetrachloromethane": 349.9,
    }),
    "acentric_factor": (0.02, {
        "benzene": 0.210, "toluene": 0.264, "ethanol": 0.644, "acetone": 0.307, "hexane": 0.301,
        "cyclohexane": 0.211, "methanol": 0.565, "pentane": 0.251, "heptane": 0.349,
        "octane": 0.398,
    }),
    "enthalpy_of_formation_gas_j_mol": (1500.0, {
        "benzene": 82.9e3, "toluene": 50.5e3, "ethanol": -234.8e3, "acetone": -217.1e3,
        "methanol": -201.0e3, "hexane": -166.9e3, "cyclohexane": -123.4e3, "methane": -74.6e3,
        "ethylene": 52.4e3, "acetylene": 227.4e3,
    }),
    "enthalpy_of_formation_liquid_j_mol": (2000.0, {
        "benzene": 49.1e3, "toluene": 12.4e3, "ethanol": -277.6e3, "acetone": -248.4e3,
        "methanol": -239.2e3, "hexane": -198.7e3, "cyclohexane": -156.4e3,
        "acetic acid": -484.3e3, "octane": -250.1e3, "pyridine": 100.2e3,
    }),
    "enthalpy_of_formation_solid_j_mol": (6000.0, {
        "naphthalene": 78.5e3, "benzoic acid": -385.2e3, "urea": -333.1e3, "anthracene": 129.2e3,
        "phenol": -165.1e3, "glycine": -528.5e3, "oxalic acid": -829.9e3,
        "succinic acid": -940.5e3, "biphenyl": 99.4e3, "phenanthrene": 116.2e3,
    }),
    "entropy_gas_j_mol_k": (1.0, {
        "methane": 186.3, "ethane": 229.2, "ethylene": 219.3, "acetylene": 200.9,
        "benzene": 269.2, "methanol": 239.9, "ethanol": 281.6, "propane": 270.3,
        "tetrachloromethane": 309.9, "chloroform": 295.7,
    }),
    "refractive_index": (0.004, {
        "benzene": 1.5011, "toluene": 1.4961, "ethanol": 1.3611, "acetone": 1.3588,
        "hexane": 1.3727, "cyclohexane": 1.4235, "methanol": 1.3288,
        "tetrachloromethane": 1.4601, "chloroform": 1.4459, "pyridine": 1.5095,
    }),
    "octanol_water_log_p": (0.1, {
        "benzene": 2.13, "toluene": 2.73, "ethanol": -0.31, "acetone": -0.24, "hexane": 3.90,
        "cyclohexane": 3.44, "methanol": -0.77, "chloroform": 1.97, "pyridine": 0.65,
        "phenol": 1.46, "naphthalene": 3.30,
    }),
    "flash_point_k": (5.0, {
        "benzene": 262.0, "toluene": 277.0, "ethanol": 286.0, "acetone": 253.0, "hexane": 251.0,
        "cyclohexane": 253.0, "methanol": 284.0, "octane": 286.0, "pyridine": 293.0,
        "acetonitrile": 279.0,
    }),
    "hansen_dispersion_mpa05": (0.6, {
        "benzene": 18.4, "toluene": 18.0, "ethanol": 15.8, "acetone": 15.5, "hexane": 14.9,
        "cyclohexane": 16.8, "methanol": 15.1, "chloroform": 17.8, "pyridine": 19.0,
        "dimethyl sulfoxide": 18.4,
    }),
    "hansen_polar_mpa05": (0.6, {
        "benzene": 0.0, "toluene": 1.4, "ethanol": 8.8, "acetone": 10.4, "hexane": 0.0,
        "cyclohexane": 0.0, "methanol": 12.3, "chloroform": 3.1, "pyridine": 8.8,
        "dimethyl sulfoxide": 16.4,
    }),
    "hansen_hydrogen_bonding_mpa05": (0.6, {
        "benzene": 2.0, "toluene": 2.0, "ethanol": 19.4, "acetone": 7.0, "hexane": 0.0,
        "cyclohexane": 0.2, "methanol": 22.3, "chloroform": 5.7, "pyridine": 5.9,
        "dimethyl sulfoxide": 10.2,
    }),
    "dipole_moment_debye": (0.12, {
        "chloroform": 1.04, "acetone": 2.88, "tetrachloromethane": 0.0, "methanol": 1.70, "toluene": 0.375,
        "benzene": 0.0, "acetonitrile": 3.92, "chloromethane": 1.89, "pyridine": 2.21,
        "formaldehyde": 2.33,
    }),
}  # fmt: skip

RELATIVE = {
    "critical_temperature_k": (0.005, {
        "benzene": 562.05, "toluene": 591.8, "ethanol": 514.0, "acetone": 508.1, "hexane": 507.6,
        "tetrachloromethane": 556.6, "cyclohexane": 553.8, "acetic acid": 592.0,
        "methanol": 512.6, "pyridine": 620.0,
    }),
    "critical_pressure_pa": (0.03, {
        "benzene": 4.895e6, "toluene": 4.11e6, "ethanol": 6.137e6, "acetone": 4.70e6,
        "hexane": 3.025e6, "tetrachloromethane": 4.516e6, "cyclohexane": 4.08e6,
        "methanol": 8.08e6, "pentane": 3.37e6, "octane": 2.49e6,
    }),
    "critical_volume_m3_mol": (0.04, {
        "benzene": 256e-6, "toluene": 316e-6, "ethanol": 168e-6, "acetone": 209e-6,
        "hexane": 370e-6, "cyclohexane": 308e-6, "methanol": 117e-6, "pentane": 311e-6,
        "heptane": 428e-6, "octane": 492e-6,
    }),
    "enthalpy_of_vaporization_298k_j_mol": (0.02, {
        "benzene": 33.83e3, "toluene": 38.01e3, "ethanol": 42.32e3, "acetone": 30.99e3,
        "hexane": 31.56e3, "cyclohexane": 33.01e3, "methanol": 37.43e3,
        "tetrachloromethane": 32.43e3, "octane": 41.49e3, "pyridine": 40.21e3,
    }),
    "enthalpy_of_sublimation_j_mol": (0.07, {
        "naphthalene": 72.6e3, "benzoic acid": 89.7e3, "anthracene": 100.9e3,
        "phenanthrene": 92.1e3, "biphenyl": 81.8e3, "pyrene": 100.3e3, "phenol": 68.7e3,
        "benzophenone": 94.0e3, "glycine": 136.5e3, "benzene": 44.4e3,
    }),
    "enthalpy_of_fusion_j_mol": (0.05, {
        "benzene": 9.87e3, "toluene": 6.64e3, "ethanol": 4.94e3, "naphthalene": 19.01e3,
        "phenol": 11.51e3, "acetic acid": 11.73e3, "glycerol": 18.3e3, "cyclohexane": 2.68e3,
        "hexane": 13.08e3, "octane": 20.73e3,
    }),
    "vapour_pressure_298k_pa": (0.03, {
        "benzene": 12.69e3, "toluene": 3.79e3, "chloroform": 26.2e3, "acetone": 30.8e3,
        "hexane": 20.2e3, "cyclohexane": 13.0e3, "methanol": 16.9e3, "octane": 1.86e3,
        "heptane": 6.09e3, "tetrachloromethane": 15.2e3,
    }),
    "heat_capacity_gas_298k_j_mol_k": (0.03, {
        "methane": 35.7, "ethane": 52.5, "ethylene": 42.9, "benzene": 82.4, "propane": 73.6,
        "methanol": 44.1, "ethanol": 65.6, "acetone": 74.5, "tetrachloromethane": 83.3,
        "toluene": 103.7,
    }),
    "heat_capacity_liquid_298k_j_mol_k": (0.02, {
        "benzene": 136.0, "toluene": 157.3, "ethanol": 112.3, "acetone": 126.3, "hexane": 195.6,
        "cyclohexane": 154.9, "methanol": 81.1, "acetic acid": 123.3,
        "tetrachloromethane": 130.7, "octane": 254.6,
    }),
    "liquid_density_kg_m3": (0.01, {
        "benzene": 876.5, "toluene": 866.8, "ethanol": 789.3, "acetone": 784.5, "hexane": 660.6,
        "cyclohexane": 773.9, "methanol": 791.4, "tetrachloromethane": 1594.0,
        "chloroform": 1478.8, "pyridine": 981.9,
    }),
    "permittivity": (0.03, {
        "benzene": 2.28, "toluene": 2.38, "ethanol": 25.3, "acetone": 21.0, "hexane": 1.887,
        "cyclohexane": 2.02, "methanol": 33.0, "tetrachloromethane": 2.24, "chloroform": 4.81,
        "pyridine": 13.26, "acetonitrile": 36.6, "dimethyl sulfoxide": 47.2,
    }),
    "surface_tension_298k_mn_m": (0.03, {
        "benzene": 28.22, "toluene": 27.93, "ethanol": 21.97, "acetone": 23.0, "hexane": 17.89,
        "cyclohexane": 24.65, "methanol": 22.07, "tetrachloromethane": 26.43,
        "chloroform": 26.67, "pyridine": 36.56,
    }),
    "liquid_viscosity_298k_pa_s": (0.06, {
        "benzene": 0.604e-3, "toluene": 0.560e-3, "ethanol": 1.074e-3, "acetone": 0.306e-3,
        "hexane": 0.300e-3, "cyclohexane": 0.894e-3, "methanol": 0.544e-3,
        "tetrachloromethane": 0.908e-3, "chloroform": 0.537e-3, "pyridine": 0.879e-3,
    }),
    "radius_of_gyration_angstrom": (0.04, {
        "methane": 1.12, "ethane": 1.83, "propane": 2.43, "butane": 2.89, "pentane": 3.34,
        "hexane": 3.81, "heptane": 4.27, "octane": 4.68, "benzene": 3.00, "ethanol": 2.26,
    }),
}  # fmt: skip
