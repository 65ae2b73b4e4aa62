/* Sinkhorn: one entropic JKO step, solved as the fixed point of its scalings. */
#ifndef JKO_SINKHORN_H
#define JKO_SINKHORN_H

#include <petscsnes.h>
#include <jko/energy.h>
#include <jko/kernel.h>

typedef struct _p_Sinkhorn *Sinkhorn;
typedef const char         *SinkhornType;
#define SINKHORNANDERSON "anderson"
#define SINKHORNELLIPTIC "elliptic"
#define SINKHORNSNES     "snes"

PETSC_EXTERN PetscClassId SINKHORN_CLASSID;

typedef enum {
  SINKHORN_CONVERGED_RESIDUAL  = 1,
  SINKHORN_CONVERGED_ITERATING = 0,
  SINKHORN_DIVERGED_MAX_IT     = -1,
  SINKHORN_DIVERGED_NOT_FINITE = -2,
  SINKHORN_DIVERGED_STAGNATION = -3,
  SINKHORN_INTERRUPTED         = -5, /* by SinkhornSetPoll() */
  SINKHORN_DIVERGED_REACH      = -4  /* the kernel is too narrow to carry the mass where the energy drives it */
} SinkhornConvergedReason;
PETSC_EXTERN const char *const *SinkhornConvergedReasons;

/* What the cost of a step depends on. */
typedef struct {
  PetscInt  dim, species;
  PetscReal stiffness; /* diffusivity of the energy over eps/(4 tau), that of the regularisation; inf where a bound is hit */
} SinkhornTask;

/* The square of the evaluations that a step takes, up to a factor that all types share; inf for a step that is nothing for the type. */
typedef PetscReal (*SinkhornCost)(const SinkhornTask *task);

PETSC_EXTERN PetscErrorCode SinkhornRegister(const char name[], PetscErrorCode (*create)(Sinkhorn), SinkhornCost cost);
PETSC_EXTERN PetscErrorCode SinkhornCreate(MPI_Comm, Sinkhorn *);
PETSC_EXTERN PetscErrorCode SinkhornSetType(Sinkhorn, SinkhornType);
PETSC_EXTERN PetscErrorCode SinkhornSetKernel(Sinkhorn, Kernel);
PETSC_EXTERN PetscErrorCode SinkhornSetEnergy(Sinkhorn, Energy);
PETSC_EXTERN PetscErrorCode SinkhornSetCompensate(Sinkhorn, PetscBool);
PETSC_EXTERN PetscErrorCode SinkhornSetTolerance(Sinkhorn, PetscReal);
PETSC_EXTERN PetscErrorCode SinkhornSetMaxIterations(Sinkhorn, PetscInt);
PETSC_EXTERN PetscErrorCode SinkhornSetCertify(Sinkhorn, PetscBool);
PETSC_EXTERN PetscErrorCode SinkhornSetPoll(Sinkhorn, PetscBool (*)(void *), PetscErrorCode (*)(void *, PetscBool *), void *);
PETSC_EXTERN PetscErrorCode SinkhornSetFromOptions(Sinkhorn);
PETSC_EXTERN PetscErrorCode SinkhornSetUp(Sinkhorn);
PETSC_EXTERN PetscErrorCode SinkhornView(Sinkhorn, PetscViewer);
PETSC_EXTERN PetscErrorCode SinkhornDestroy(Sinkhorn *);

PETSC_EXTERN PetscErrorCode SinkhornGuess(Sinkhorn, PetscReal, Vec, Vec);
PETSC_EXTERN PetscErrorCode SinkhornSolve(Sinkhorn, PetscReal, Vec, Vec, Vec);

PETSC_EXTERN PetscErrorCode SinkhornGetTolerance(Sinkhorn, PetscReal *);
PETSC_EXTERN PetscErrorCode SinkhornGetSNES(Sinkhorn, SNES *);
PETSC_EXTERN PetscErrorCode SinkhornGetConvergedReason(Sinkhorn, SinkhornConvergedReason *);
PETSC_EXTERN PetscErrorCode SinkhornGetIterationNumber(Sinkhorn, PetscInt *);
PETSC_EXTERN PetscErrorCode SinkhornGetResidual(Sinkhorn, PetscReal *);
PETSC_EXTERN PetscErrorCode SinkhornGetGap(Sinkhorn, PetscReal *);
PETSC_EXTERN PetscErrorCode SinkhornGetBias(Sinkhorn, PetscReal *);
PETSC_EXTERN PetscErrorCode SinkhornGetW2(Sinkhorn, PetscReal *);

#endif
