/* Energy: a sum of terms F(rho), each with its value, first variation and part in the pointwise proximal operator.
   Densities are passed by their logarithm u = log rho, -inf where there is none; those of several species in one vector, one after the
   other on each rank, from EnergyCreateVector(). */
#ifndef JKO_ENERGY_H
#define JKO_ENERGY_H

#include <jko/grid.h>

typedef struct _p_Energy     *Energy;
typedef struct _p_EnergyTerm *EnergyTerm;

PETSC_EXTERN PetscClassId ENERGY_CLASSID;

PETSC_EXTERN PetscErrorCode EnergyRegister(const char[], PetscErrorCode (*)(EnergyTerm));
PETSC_EXTERN PetscErrorCode EnergyCreate(MPI_Comm, Energy *);
PETSC_EXTERN PetscErrorCode EnergySetGrid(Energy, Grid);
PETSC_EXTERN PetscErrorCode EnergySetOptionsPrefix(Energy, const char[], const char[]);
PETSC_EXTERN PetscErrorCode EnergyAddTerm(Energy, const char[], const char[], EnergyTerm *);
PETSC_EXTERN PetscErrorCode EnergySetSpecies(Energy, PetscInt, const char *const[]);
PETSC_EXTERN PetscErrorCode EnergySetFromOptions(Energy);
PETSC_EXTERN PetscErrorCode EnergySetUp(Energy);
PETSC_EXTERN PetscErrorCode EnergyView(Energy, PetscViewer);
PETSC_EXTERN PetscErrorCode EnergyDestroy(Energy *);

PETSC_EXTERN PetscErrorCode EnergyCoarsen(Energy, Grid, Energy *);
PETSC_EXTERN PetscErrorCode EnergyGetGrid(Energy, Grid *);
PETSC_EXTERN PetscErrorCode EnergyGetSpeciesCount(Energy, PetscInt *);
PETSC_EXTERN PetscErrorCode EnergyGetSpeciesEnergy(Energy, PetscInt, Energy *, const char *[]);
PETSC_EXTERN PetscErrorCode EnergyGetDM(Energy, DM *);
PETSC_EXTERN PetscErrorCode EnergyCreateVector(Energy, Vec *);
PETSC_EXTERN PetscErrorCode EnergyIsLocal(Energy, PetscBool *);
PETSC_EXTERN PetscErrorCode EnergyGetEquation(Energy, char[], size_t);
PETSC_EXTERN PetscErrorCode EnergyGetValue(Energy, Vec, PetscReal *);
PETSC_EXTERN PetscErrorCode EnergyGetTermCount(Energy, PetscInt *);
PETSC_EXTERN PetscErrorCode EnergyGetTermName(Energy, PetscInt, const char *[], const char *[]);
PETSC_EXTERN PetscErrorCode EnergyGetTermValues(Energy, Vec, PetscReal[]);
PETSC_EXTERN PetscErrorCode EnergyGetFirstVariation(Energy, Vec, Vec);
PETSC_EXTERN PetscErrorCode EnergyGetDiffusivity(Energy, Vec, PetscReal *);
PETSC_EXTERN PetscErrorCode EnergyIsBounded(Energy, PetscBool *);
PETSC_EXTERN PetscErrorCode EnergyIsCongested(Energy, PetscBool *);
PETSC_EXTERN PetscErrorCode EnergyAdmit(Energy, Vec);
PETSC_EXTERN PetscErrorCode EnergyGetDrift(Energy, Vec, PetscReal *);
PETSC_EXTERN PetscErrorCode EnergyGetGibbs(Energy, PetscReal, Vec, PetscBool *);
PETSC_EXTERN PetscErrorCode EnergyProx(Energy, PetscReal, PetscReal, Vec, Vec, Vec);
PETSC_EXTERN PetscErrorCode EnergyReact(Energy, PetscReal, PetscInt, Vec, PetscReal *, PetscReal *, PetscInt *);

/* The types that come with the library, and their setters. */
#define ENERGYENTROPY     "entropy"
#define ENERGYPOWER       "power"
#define ENERGYPOTENTIAL   "potential"
#define ENERGYCONGESTION  "congestion"
#define ENERGYDIVERGENCE  "divergence"
#define ENERGYINTERACTION "interaction"
#define ENERGYINTERNAL    "internal"
PETSC_EXTERN PetscErrorCode EnergyEntropySetCoefficient(EnergyTerm, PetscReal);
PETSC_EXTERN PetscErrorCode EnergyEntropySetCoefficientField(EnergyTerm, Vec);
PETSC_EXTERN PetscErrorCode EnergyPowerSetExponent(EnergyTerm, PetscReal);
PETSC_EXTERN PetscErrorCode EnergyPowerSetCoefficient(EnergyTerm, PetscReal);
PETSC_EXTERN PetscErrorCode EnergyPowerSetCoefficientField(EnergyTerm, Vec);
PETSC_EXTERN PetscErrorCode EnergyCongestionSetMaximum(EnergyTerm, PetscReal);
PETSC_EXTERN PetscErrorCode EnergyCongestionSetMaximumField(EnergyTerm, Vec);
PETSC_EXTERN PetscErrorCode EnergyDivergenceSetType(EnergyTerm, const char[]);
PETSC_EXTERN PetscErrorCode EnergyDivergenceSetAlpha(EnergyTerm, PetscReal);
PETSC_EXTERN PetscErrorCode EnergyDivergenceSetTarget(EnergyTerm, Vec);
PETSC_EXTERN PetscErrorCode EnergyDivergenceSetTargetMass(EnergyTerm, PetscReal);
PETSC_EXTERN PetscErrorCode EnergyDivergenceSetCoefficient(EnergyTerm, PetscReal);
PETSC_EXTERN PetscErrorCode EnergyInternalSetDerivative(EnergyTerm, const char[]);
PETSC_EXTERN PetscErrorCode EnergyInternalSetCoefficient(EnergyTerm, PetscReal);
PETSC_EXTERN PetscErrorCode EnergyPotentialSetField(EnergyTerm, Vec);
PETSC_EXTERN PetscErrorCode EnergyInteractionSetExpression(EnergyTerm, const char[]);
PETSC_EXTERN PetscErrorCode EnergyInteractionSetKernel(EnergyTerm, const char[]);
PETSC_EXTERN PetscErrorCode EnergyInteractionSetCoefficient(EnergyTerm, PetscReal);
PETSC_EXTERN PetscErrorCode EnergyInteractionSetExponents(EnergyTerm, PetscReal, PetscReal);
PETSC_EXTERN PetscErrorCode EnergyInteractionSetLength(EnergyTerm, PetscReal);
PETSC_EXTERN PetscErrorCode EnergyInteractionSetMorse(EnergyTerm, PetscReal, PetscReal);
PETSC_EXTERN PetscErrorCode EnergyInteractionSetTreatment(EnergyTerm, const char[]);
PETSC_EXTERN PetscErrorCode EnergyInteractionSetPartner(EnergyTerm, const char[]);

#endif
