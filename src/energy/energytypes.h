/* The energies that come with the library, a line each: name, constructor. Included twice, to declare and to register. */
ENERGY_TYPE(ENERGYENTROPY, EnergyCreate_Entropy)
ENERGY_TYPE(ENERGYPOWER, EnergyCreate_Power)
ENERGY_TYPE(ENERGYPOTENTIAL, EnergyCreate_Potential)
ENERGY_TYPE(ENERGYINTERACTION, EnergyCreate_Interaction)
ENERGY_TYPE(ENERGYCONGESTION, EnergyCreate_Congestion)
ENERGY_TYPE(ENERGYDIVERGENCE, EnergyCreate_Divergence)
ENERGY_TYPE(ENERGYINTERNAL, EnergyCreate_Internal)
