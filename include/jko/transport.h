/* Transport: the distance W2 between two densities of a grid, and what lies between them. */
#ifndef JKO_TRANSPORT_H
#define JKO_TRANSPORT_H

#include <jko/kernel.h>

typedef struct _p_Transport *Transport;

PETSC_EXTERN PetscClassId TRANSPORT_CLASSID;

PETSC_EXTERN PetscErrorCode TransportCreate(MPI_Comm, Transport *);
PETSC_EXTERN PetscErrorCode TransportSetGrid(Transport, Grid);
PETSC_EXTERN PetscErrorCode TransportSetKernelType(Transport, KernelType);
PETSC_EXTERN PetscErrorCode TransportSetTarget(Transport, Vec);
PETSC_EXTERN PetscErrorCode TransportSetTolerance(Transport, PetscReal);
PETSC_EXTERN PetscErrorCode TransportSetFromOptions(Transport);
PETSC_EXTERN PetscErrorCode TransportView(Transport, PetscViewer);
PETSC_EXTERN PetscErrorCode TransportDestroy(Transport *);

PETSC_EXTERN PetscErrorCode TransportGetDistance(Transport, Vec, PetscReal *, PetscReal *);
PETSC_EXTERN PetscErrorCode TransportSetLeastEpsilon(Transport, PetscReal);
PETSC_EXTERN PetscErrorCode TransportBegin(Transport, Vec, PetscBool *);
PETSC_EXTERN PetscErrorCode TransportGetBetween(Transport, PetscReal, Vec);
PETSC_EXTERN PetscErrorCode TransportGetGeodesic(Transport, PetscInt, PetscInt, const PetscReal[], Vec[], PetscReal *);
PETSC_EXTERN PetscErrorCode TransportGetIterationNumber(Transport, PetscInt *);
PETSC_EXTERN PetscErrorCode TransportGetEpsilon(Transport, PetscReal *);

#endif
