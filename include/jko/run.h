/* Run: a flow on disk: input, snapshots, history, checkpoint and restart. */
#ifndef JKO_RUN_H
#define JKO_RUN_H

#include <jko/jko.h>

typedef struct _p_Run *Run;

PETSC_EXTERN PetscErrorCode RunCreate(MPI_Comm, Run *);
PETSC_EXTERN PetscErrorCode RunSetFromOptions(Run);
PETSC_EXTERN PetscErrorCode RunSetUp(Run);
PETSC_EXTERN PetscErrorCode RunExecute(Run);
PETSC_EXTERN PetscErrorCode RunGetJKO(Run, JKO *);
PETSC_EXTERN PetscErrorCode RunGetExitStatus(Run, int *);
PETSC_EXTERN PetscErrorCode RunDestroy(Run *);
PETSC_EXTERN int            RunMain(int, char *[]);
PETSC_EXTERN int            RunMainWith(int, char *[], PetscErrorCode (*add)(void));

#endif
