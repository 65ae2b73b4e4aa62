#ifndef JKO_PRIVATE_ENERGYIMPL_H
#define JKO_PRIVATE_ENERGYIMPL_H

#include <petsc/private/petscimpl.h>
#include <jko/energy.h>

/* Cells that are treated together: what the array operations below see at a time. */
#define ENERGY_CHUNK 64

/* One functional F(rho) = int f(rho, x) dx of the sum. Arrays hold n <= ENERGY_CHUNK cells of this rank, the first of them
   `first`; u = log rho, and `rho` = e^u where a term needs it. */
struct _EnergyTermOps {
  PetscErrorCode (*setfromoptions)(EnergyTerm, JKOOptionItems);
  PetscErrorCode (*setup)(EnergyTerm);
  PetscErrorCode (*view)(EnergyTerm, PetscViewer);
  PetscErrorCode (*destroy)(EnergyTerm);
  /* F'(e^u) = offset + slope u for a term that is affine in u: adds to both arrays. NULL for other terms. */
  void (*affine)(EnergyTerm, PetscInt first, PetscInt n, PetscReal offset[], PetscReal slope[]);
  /* F'(e^u) and its first and second derivative in u for a term that is not affine in u: adds to all. NULL for affine terms. */
  void (*variation)(EnergyTerm, PetscInt first, PetscInt n, const PetscReal u[], PetscReal f[], PetscReal df[], PetscReal d2f[]);
  /* The energy density f(rho, x) at rho = e^u, 0 where u = -inf: adds to e. */
  void (*density)(EnergyTerm, PetscInt first, PetscInt n, const PetscReal u[], PetscReal e[]);
  /* The term's part of the equation in plain text, e.g. "0.1 Laplace(rho)" and of the energy. */
  PetscErrorCode (*equation)(EnergyTerm, char text[], size_t length);
};

struct _p_EnergyTerm {
  PETSCHEADER(struct _EnergyTermOps);
  Energy energy; /* the sum it belongs to; not referenced */
  void  *data;
};

/* Sinkhorn's sweep calls the prox chunk by chunk: theta u - lp + lambda F'(e^u) = 0.
   u: initial guess in (any finite value), solution out; du = du/dlp. lp finite. Not collective. */
PETSC_EXTERN void EnergyProxChunk(Energy, PetscReal theta, PetscReal lambda, PetscInt first, PetscInt n, const PetscReal lp[],
                                  PetscReal u[], PetscReal du[]);

PETSC_EXTERN PetscLogEvent Energy_Prox, Energy_Value;

#endif
