#ifndef JKO_SINKHORN_PRESSURE_H
#define JKO_SINKHORN_PRESSURE_H

#include <jko/private/energyimpl.h>
#include <jko/private/pressureimpl.h>
#include <jko/private/andersonimpl.h>

#define PRESSURE_NEAR (-6.6) /* log of the share that the kernel has of a half space 3 sigma away */

/* A pass, and what is kept of the best one. */
typedef struct {
  Vec psi, gamma, w, change; /* pressure, log c of the self-transport, log(K c), what the fixed point changes psi by */
} PressurePass;

struct _Pressure {
  Sinkhorn        s; /* kernel, energy, tolerance, scalings; not referenced */
  PressurePass    now, best;
  Vec             log_q, slope; /* log Q(psi), d log Q/d psi */
  Vec             gain;         /* what w answers to psi, summed over a row */
  Vec             vacuum, near; /* F'(0); log of the share that K has of where there is mass */
  Vec             width;        /* by how much psi varies across a cell, or NULL; borrowed */
  Vec             weight, x, f; /* of cells in the history; what the history sees */
  AndersonHistory history;
  PetscReal       regular, diagonal; /* of log q in F'; of K */
  PetscReal       step, least;       /* share of the change that is taken; least residual */
  PetscInt        improved;          /* pass of the last progress */
  PetscBool       fronts;            /* F'(0) is finite */
};

PETSC_INTERN PetscErrorCode PressureEvaluate(Pressure, PetscInt sweeps);
PETSC_INTERN PetscErrorCode PressureMeasureChange(Pressure);
PETSC_INTERN PetscErrorCode PressureMeasureGain(Pressure);
PETSC_INTERN PetscErrorCode PressureMeasureNear(Pressure, PetscBool first);

#endif
