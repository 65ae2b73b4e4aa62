/* JKO: the time stepper. */
#ifndef JKO_JKO_H
#define JKO_JKO_H

#include <jko/sinkhorn.h>

typedef struct _p_JKO *JKO;
typedef const char    *JKOType;
#define JKOEULER        "euler"
#define JKOEXTRAPOLATED "extrapolated"
#define JKOSDIRK        "sdirk"
#define JKOREVERSIBLE   "reversible"
#define JKO_LEAST_MASS  1e-60 /* of a density: squares of masses stay within double precision */
#define JKO_MOST_MASS   1e60

PETSC_EXTERN PetscClassId JKO_CLASSID;

typedef enum {
  JKO_CONVERGED_TIME      = 1,
  JKO_CONVERGED_STEPS     = 2,
  JKO_CONVERGED_ITERATING = 0,
  JKO_INTERRUPTED         = -2, /* within a step, by SinkhornSetPoll(); no try of another length helps */
  JKO_DIVERGED_STEP       = -1  /* a step's solver did not converge: see SinkhornGetConvergedReason() */
} JKOConvergedReason;

/* What a step did, for monitors and for history.csv. */
typedef struct {
  PetscInt       step;        /* number of the step; 0 is the initial state */
  PetscReal      time, dt;    /* time reached and the step that reached it */
  PetscReal      epsilon;     /* entropic regularisation of the step, length^2 */
  PetscReal      raised;      /* that over the one that was chosen for the step, where that did not converge; else 1 */
  PetscReal      energy;      /* F(rho) */
  PetscReal      entropy;     /* int rho log rho */
  PetscReal      mass;        /* int rho */
  PetscReal      min, max;    /* extremes of rho */
  PetscReal      w2;          /* W2(rho_k, rho_{k+1}), estimated from the potentials */
  PetscReal      residual;    /* L1 marginal residual over the mass */
  PetscReal      gap;         /* duality gap of the step, in units of the energy */
  PetscReal      dissipation; /* (F(rho_k) - F(rho_{k+1})) / dt */
  PetscInt       iterations;  /* fixed-point iterations, those of rejected attempts included */
  PetscInt       rejected;    /* attempts at the step that were too wrong, or did not converge */
  PetscLogDouble wall;        /* seconds the step took */
  PetscReal      reaction;    /* mass that reaction made, by its law -int rho F2' */
  PetscReal      balance;     /* how far the change of mass is from that, over the mass and what was turned over */
} JKOStepInfo;

PETSC_EXTERN PetscErrorCode JKORegister(const char[], PetscErrorCode (*)(JKO));
PETSC_EXTERN PetscErrorCode JKOCreate(MPI_Comm, JKO *);
PETSC_EXTERN PetscErrorCode JKOSetGrid(JKO, Grid);
PETSC_EXTERN PetscErrorCode JKOSetEnergy(JKO, Energy);
PETSC_EXTERN PetscErrorCode JKOSetType(JKO, JKOType);
PETSC_EXTERN PetscErrorCode JKOSetTimeStep(JKO, PetscReal);
PETSC_EXTERN PetscErrorCode JKOSetMaxTime(JKO, PetscReal);
PETSC_EXTERN PetscErrorCode JKOSetMaxSteps(JKO, PetscInt);
PETSC_EXTERN PetscErrorCode JKOSetAdapt(JKO, const char[]);
PETSC_EXTERN PetscErrorCode JKOSetAdaptTolerance(JKO, PetscReal);
PETSC_EXTERN PetscErrorCode JKOSetStopTimes(JKO, PetscInt, const PetscReal[]);
PETSC_EXTERN PetscErrorCode JKOSetEpsilon(JKO, PetscReal);
PETSC_EXTERN PetscErrorCode JKOSetEpsilonRatio(JKO, PetscReal);
PETSC_EXTERN PetscErrorCode JKOSetCompensate(JKO, PetscBool);
PETSC_EXTERN PetscErrorCode JKOSetDebias(JKO, const char[]);
PETSC_EXTERN PetscErrorCode JKOSetCoarseFirst(JKO, PetscBool);
PETSC_EXTERN PetscErrorCode JKOSetMetric(JKO, const char[]);
PETSC_EXTERN PetscErrorCode JKOSetReaction(JKO, Energy);
PETSC_EXTERN PetscErrorCode JKOSetSplitting(JKO, const char[]);
PETSC_EXTERN PetscErrorCode JKOSetDensity(JKO, Vec);
PETSC_EXTERN PetscErrorCode JKOSetFromOptions(JKO);
PETSC_EXTERN PetscErrorCode JKOSetUp(JKO);
PETSC_EXTERN PetscErrorCode JKOView(JKO, PetscViewer);
PETSC_EXTERN PetscErrorCode JKODestroy(JKO *);

PETSC_EXTERN PetscErrorCode JKOMonitorSet(JKO, PetscErrorCode (*)(JKO, const JKOStepInfo *, void *), void *);
PETSC_EXTERN PetscErrorCode JKOStep(JKO);
PETSC_EXTERN PetscErrorCode JKOSolve(JKO);

PETSC_EXTERN PetscErrorCode JKOGetGrid(JKO, Grid *);
PETSC_EXTERN PetscErrorCode JKOGetEnergy(JKO, Energy *);
PETSC_EXTERN PetscErrorCode JKOGetMetric(JKO, const char *[]);
PETSC_EXTERN PetscErrorCode JKOGetEquation(JKO, char[], size_t);
PETSC_EXTERN PetscErrorCode JKOGetKernel(JKO, Kernel *);
PETSC_EXTERN PetscErrorCode JKOGetSinkhorn(JKO, Sinkhorn *);
PETSC_EXTERN PetscErrorCode JKOGetDensity(JKO, Vec);
PETSC_EXTERN PetscErrorCode JKOGetLogDensity(JKO, Vec *);
PETSC_EXTERN PetscErrorCode JKOGetTime(JKO, PetscReal *);
PETSC_EXTERN PetscErrorCode JKOGetTimeStep(JKO, PetscReal *);
PETSC_EXTERN PetscErrorCode JKOGetStepNumber(JKO, PetscInt *);
PETSC_EXTERN PetscErrorCode JKOGetMaxTime(JKO, PetscReal *);
PETSC_EXTERN PetscErrorCode JKOGetMaxSteps(JKO, PetscInt *);
PETSC_EXTERN PetscErrorCode JKOGetCompensate(JKO, PetscBool *);
PETSC_EXTERN PetscErrorCode JKOGetStepInfo(JKO, const JKOStepInfo **);
PETSC_EXTERN PetscErrorCode JKOGetFloorBinds(JKO, PetscBool *);
PETSC_EXTERN PetscErrorCode JKOGetConvergedReason(JKO, JKOConvergedReason *);
PETSC_EXTERN PetscErrorCode JKOGetFailure(JKO, const char *[]);

/* The state that continues a flow bit for bit: named numbers and vectors, which live in the flow itself. */
#define JKO_STATE_MOST 16
typedef struct {
  PetscInt    step;
  PetscInt    reals, vectors;
  const char *real_name[JKO_STATE_MOST], *vector_name[JKO_STATE_MOST];
  PetscReal  *real[JKO_STATE_MOST];   /* finite, not negative */
  Vec         vector[JKO_STATE_MOST]; /* never NaN nor +inf */
} JKOState;
PETSC_EXTERN PetscErrorCode JKOGetState(JKO, JKOState *);
PETSC_EXTERN PetscErrorCode JKOResume(JKO, PetscInt);

#endif
