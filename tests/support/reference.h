/* The kernel by its definition: axis by axis, a log-sum-exp in long double over the whole grid, on every rank alike. */
#ifndef JKO_TESTS_REFERENCE_H
#define JKO_TESTS_REFERENCE_H

#include <jko.h>

typedef PetscReal (*ReferenceField)(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3]);

/* A grid on the unit box stretched so that h differs per axis, and its kernel with sigma = sigma_over_h times the widest h. */
PetscErrorCode ReferenceProblem(MPI_Comm, PetscInt dim, const PetscInt n[], GridBoundary, PetscReal sigma_over_h, Grid *, Kernel *);
/* Fills a vector from a field of global cell indices. */
PetscErrorCode ReferenceFill(Grid, ReferenceField, Vec);
/* log(K e^field) on this rank's cells. */
PetscErrorCode ReferenceApplyLog(Kernel, ReferenceField, Vec);

#endif
