/* The vectorised root finder below the proximal operators (prox.c, react.c):  a u + b + lambda f(u) = 0  in a chunk of cells. */
#ifndef JKO_ENERGY_PROX_H
#define JKO_ENERGY_PROX_H

#include <jko/private/energyimpl.h>

#define PROX_MAX_IT 200

typedef struct {
  EnergyArray slope, offset; /* a, b */
  EnergyArray f, df, d2f;    /* at u, from the terms */
  EnergyArray u, du;         /* root and its derivative in lp */
  EnergyArray lower, upper;  /* bracket */
  EnergyArray last;          /* size of the last step */
  int64_t     open[ENERGY_CHUNK] __attribute__((aligned(64))), stray[ENERGY_CHUNK] __attribute__((aligned(64)));
} ProxChunk;

PETSC_INTERN void    ProxAffine(Energy, PetscReal theta, PetscReal lambda, PetscInt first, PetscInt n, const PetscReal lp[], ProxChunk *);
PETSC_INTERN void    ProxRoot(Energy, PetscReal lambda, PetscReal vanished, PetscInt first, PetscInt n, ProxChunk *);
PETSC_INTERN void    ProxVariation(Energy, PetscInt first, PetscInt n, ProxChunk *);
PETSC_INTERN int64_t ProxStep(PetscReal lambda, PetscReal rate, ProxChunk *, int64_t *strays);

/* log s of n cells, s = sum_k e^{u_k}, and the shares e^{u_k}/s where w is not NULL. */
PETSC_INTERN void EnergyLogSum(PetscInt species, PetscInt n, const PetscReal *const u[], PetscReal total[], EnergyArrays w);

#endif
