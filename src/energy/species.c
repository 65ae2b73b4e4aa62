/* Several densities with one energy:  F(rho_1, ..., rho_N) = sum_k F_k(rho_k) + G(rho_1 + ... + rho_N),  whose flow is

     d/dt rho_k = div(rho_k grad(F_k'(rho_k) + G'(s))),   s = sum_j rho_j,

   each species in its own Wasserstein distance (Cances, Gallouet, Monsaingeon, Analysis & PDE 10, 2017): phases or crowds under a common
   bound of their sum, cross-diffusion by an entropy or a power of it. Interactions between species, int int W(x - y) rho_a(x) rho_b(y), are
   terms of both.

   An energy with species has an energy per species and, in its own terms, G. Its vectors hold all densities, one after the other on each
   rank (GridCreatePartsDM()). */
#include <jko/private/energyimpl.h>

static PetscErrorCode SpeciesCheckName(Energy energy, PetscInt k, const char name[])
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)energy);

  PetscFunctionBegin;
  PetscCheck(*name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(name), comm, JKO_ERR_INPUT,
             "-species: '%s' cannot be the name of a species; use letters and digits", name);
  for (PetscInt i = 0; i < k; i++) {
    PetscBool same;

    PetscCall(PetscStrcmp(name, ((PetscObject)energy->own[i])->name, &same));
    PetscCheck(!same, comm, JKO_ERR_INPUT, "-species: the name '%s' is used twice; give each species its own", name);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  EnergySetSpecies - makes it the energy of several densities, each with an energy of its own, EnergyGetSpeciesEnergy(), whose options have
  the name of the species as a prefix, -<name>_energy_terms; the terms of this energy are functions of the sum of the densities.

  Logically collective; once, before options are read. Copied. Errors: fewer than two or more than ENERGY_MAX_SPECIES, a name that is not
made of letters and digits, or used twice.
@*/
PetscErrorCode EnergySetSpecies(Energy energy, PetscInt n, const char *const names[])
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)energy);

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscCheck(!energy->species && !energy->dm, comm, PETSC_ERR_ORDER, "set the species of an energy once, before it is used");
  PetscCheck(n >= 2, comm, JKO_ERR_INPUT, "-species: %" PetscInt_FMT " given; two or more are needed, as in -species a,b", n);
  PetscCheck(n <= ENERGY_MAX_SPECIES, comm, JKO_ERR_INPUT, "-species: more than %d given", ENERGY_MAX_SPECIES);
  for (PetscInt k = 0; k < n; k++) {
    const char *before = ((PetscObject)energy)->prefix;
    char        prefix[256];

    PetscCall(SpeciesCheckName(energy, k, names[k]));
    PetscCall(PetscSNPrintf(prefix, sizeof prefix, "%s%s_", before ? before : "", names[k]));
    PetscCall(EnergyCreate(comm, &energy->own[k]));
    PetscCall(EnergySetOptionsPrefix(energy->own[k], prefix, energy->word));
    PetscCall(PetscObjectSetName((PetscObject)energy->own[k], names[k]));
    if (energy->grid) PetscCall(EnergySetGrid(energy->own[k], energy->grid));
    energy->own[k]->whole = energy;
    energy->species       = k + 1;
  }
  energy->setup = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ EnergyGetSpeciesCount - how many densities it is the energy of: 1 without EnergySetSpecies(). Not collective. @*/
PetscErrorCode EnergyGetSpeciesCount(Energy energy, PetscInt *n)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  *n = EnergyDensities(energy);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  EnergyGetSpeciesEnergy - the energy of species k alone, borrowed, and its name; without species, the energy itself and "".

  Not collective. `own` and `name` may be NULL.
@*/
PetscErrorCode EnergyGetSpeciesEnergy(Energy energy, PetscInt k, Energy *own, const char *name[])
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscCheck(k >= 0 && k < EnergyDensities(energy), PetscObjectComm((PetscObject)energy), PETSC_ERR_ARG_OUTOFRANGE,
             "species %" PetscInt_FMT " of %" PetscInt_FMT, k, EnergyDensities(energy));
  if (own) *own = energy->species ? energy->own[k] : energy;
  if (name) *name = energy->species ? ((PetscObject)energy->own[k])->name : "";
  PetscFunctionReturn(PETSC_SUCCESS);
}
