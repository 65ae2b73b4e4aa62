/* Pressure: one step without bias, solved for its total pressure (pressure.c). */
#ifndef JKO_PRIVATE_PRESSUREIMPL_H
#define JKO_PRIVATE_PRESSUREIMPL_H

#include <jko/private/sinkhornimpl.h>

typedef struct _Pressure *Pressure;

PETSC_INTERN PetscErrorCode PressureCreate(Sinkhorn, Pressure *);
PETSC_INTERN PetscErrorCode PressureDestroy(Pressure *);
PETSC_INTERN PetscErrorCode PressureSolve(Pressure, PetscReal tau, Vec log_rho, Vec width, Vec psi, Vec gamma, Vec log_q);

#endif
