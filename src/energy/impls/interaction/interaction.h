#ifndef JKO_ENERGY_INTERACTION_H
#define JKO_ENERGY_INTERACTION_H

#include <jko/private/convolutionimpl.h>
#include <jko/private/energyimpl.h>
#include <jko/private/fieldimpl.h>

/* The kernels with a name; expressions have none of these. */
typedef enum {
  INTERACTION_QUADRATIC,
  INTERACTION_POWER,
  INTERACTION_GAUSSIAN,
  INTERACTION_MORSE,
  INTERACTION_NEWTONIAN,
  INTERACTION_LOG,
  INTERACTION_KERNELS
} InteractionKernel;
PETSC_INTERN const char *const InteractionKernels[INTERACTION_KERNELS];

/* W up to the coefficient, with what it needs. */
typedef struct {
  InteractionKernel kernel;
  PetscInt          dim;
  PetscReal         h[3];             /* cell widths: singular kernels are averaged over the cells next to the singularity */
  PetscReal         exponent[2];      /* a and b of power */
  PetscReal         length;           /* of gaussian and morse */
  PetscReal         repulsion, range; /* C and l of morse */
  FieldFunction     function;         /* of an expression, or NULL */
  PetscReal         pole;             /* least r where W was found not to be finite, or PETSC_MAX_REAL */
} InteractionFunction;

PETSC_INTERN PetscErrorCode InteractionValue(void *function, const PetscReal x[3], PetscReal *w);
PETSC_INTERN PetscErrorCode InteractionFormula(const InteractionFunction *, char text[], size_t length);

/* A term. */
typedef struct {
  InteractionFunction W;
  char               *expression;
  PetscBool           chosen; /* a kernel by name */
  PetscReal           coefficient;
  /* set up */
  PetscBool   ready;
  PetscBool   moments;     /* take the place of the convolution */
  Convolution convolution; /* of the grid */
  PetscReal  *spectrum;    /* transform of coefficient W */
  PetscReal  *field;       /* W * rho of the last refresh, of this rank's cells */
  PetscReal  *u;           /* log rho of the last refresh, where known */
  PetscBool   known;
} Interaction;

PETSC_INTERN const JKOOption InteractionOptions[];
PETSC_INTERN PetscErrorCode  EnergySetFromOptions_Interaction(EnergyTerm, JKOOptionItems);

#endif
