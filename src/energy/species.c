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

/*@ EnergyGetDM - a DM whose vectors hold all densities, GridCreatePartsDM(). Borrowed. Collective; after EnergySetGrid(). @*/
PetscErrorCode EnergyGetDM(Energy energy, DM *dm)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscCheck(energy->grid, PetscObjectComm((PetscObject)energy), PETSC_ERR_ORDER, "call EnergySetGrid() first");
  if (!energy->dm) PetscCall(GridCreatePartsDM(energy->grid, EnergyDensities(energy), &energy->dm));
  *dm = energy->dm;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ EnergyCreateVector - a vector of all densities. The caller owns it. Collective; after EnergySetGrid(). @*/
PetscErrorCode EnergyCreateVector(Energy energy, Vec *v)
{
  DM dm;

  PetscFunctionBegin;
  PetscCall(EnergyGetDM(energy, &dm));
  PetscCall(DMCreateGlobalVector(dm, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The number of the species that a term of another names. */
static PetscErrorCode SpeciesFind(EnergyTerm term, PetscInt self, PetscInt *partner)
{
  const Energy   whole = term->energy->whole;
  const MPI_Comm comm  = PetscObjectComm((PetscObject)term);
  char           option[256], known[512] = "";

  PetscFunctionBegin;
  PetscCall(EnergyTermOptionInFull(term, "_with", option, sizeof option));
  *partner = -1;
  for (PetscInt k = 0; k < whole->species; k++) {
    PetscBool same;

    PetscCall(PetscStrcmp(term->with, ((PetscObject)whole->own[k])->name, &same));
    if (same) *partner = k;
    PetscCall(PetscStrlcat(known, k ? ", " : "", sizeof known));
    PetscCall(PetscStrlcat(known, ((PetscObject)whole->own[k])->name, sizeof known));
  }
  PetscCheck(*partner >= 0, comm, JKO_ERR_INPUT, "%s: there is no species '%s'; there are %s", option, term->with, known);
  PetscCheck(*partner != self, comm, JKO_ERR_INPUT, "%s: '%s' is the species itself; leave the option out", option, term->with);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same term in the energy of the other species, named after this one; once. */
static PetscErrorCode SpeciesMirror(EnergyTerm term, PetscInt self)
{
  const Energy whole = term->energy->whole, other = whole->own[term->partner];
  const char  *name = ((PetscObject)whole->own[self])->name;
  EnergyTerm   mirror;
  char         label[128];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(label, sizeof label, "%s_%s", name, ((PetscObject)term)->name));
  for (PetscInt i = 0; i < other->count; i++) {
    PetscBool same;

    PetscCall(PetscStrcmp(label, ((PetscObject)other->term[i])->name, &same));
    if (same && other->term[i]->mirror) PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(EnergyAddTerm(other, ((PetscObject)term)->type_name, label, &mirror));
  PetscUseTypeMethod(term, coarsen, mirror);
  PetscCall(PetscStrncpy(mirror->with, name, sizeof mirror->with));
  mirror->partner = self;
  mirror->mirror  = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A species under two bounds could be left without a place for its mass. */
static PetscErrorCode SpeciesCheckBounds(Energy energy)
{
  char sum[256], own[256];

  PetscFunctionBegin;
  PetscCall(EnergyOption(energy, "terms", sum, sizeof sum));
  for (PetscInt k = 0; k < energy->species; k++) {
    PetscCall(EnergyOption(energy->own[k], "terms", own, sizeof own));
    PetscCheck(!energy->bounds || !energy->own[k]->bounds, PetscObjectComm((PetscObject)energy), JKO_ERR_INPUT,
               "%s bounds the sum of the densities and %s one of them; give one of the two bounds", sum, own);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The energies of the species; after the terms of the sum. Collective. */
PetscErrorCode EnergySetUpSpecies(Energy energy)
{
  PetscInt terms = energy->count;
  char     sum[256], own[256];

  PetscFunctionBegin;
  for (PetscInt k = 0; k < energy->species; k++)
    for (PetscInt i = 0; i < energy->own[k]->count; i++) {
      const EnergyTerm term = energy->own[k]->term[i];

      if (!term->with[0] || term->mirror) continue;
      PetscCall(SpeciesFind(term, k, &term->partner));
      PetscCall(SpeciesMirror(term, k));
    }
  for (PetscInt k = 0; k < energy->species; k++) terms += energy->own[k]->count;
  if (energy->species) {
    PetscCall(EnergyOption(energy, "terms", sum, sizeof sum));
    PetscCall(EnergyOption(energy->own[0], "terms", own, sizeof own));
    PetscCheck(terms, PetscObjectComm((PetscObject)energy), JKO_ERR_INPUT,
               "the energy is missing: give %s for a species, %s for what couples them", own, sum);
  }
  for (PetscInt k = 0; k < energy->species; k++) PetscCall(EnergySetUp(energy->own[k]));
  if (energy->species && !energy->total) PetscCall(GridCreateVector(energy->grid, &energy->total));
  PetscCall(SpeciesCheckBounds(energy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EnergyGetTotal(Energy energy, Vec u, Vec *total)
{
  const PetscScalar *x;
  PetscScalar       *s;

  PetscFunctionBegin;
  *total = energy->species ? energy->total : u;
  if (!energy->species || !energy->count) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecGetArrayRead(u, &x));
  PetscCall(VecGetArrayWrite(*total, &s));
  for (PetscInt first = 0; first < energy->n; first += ENERGY_CHUNK) {
    EnergyConstParts part;

    EnergyPointConst(energy, first, x, part);
    EnergyTotalChunk(energy, PetscMin(ENERGY_CHUNK, energy->n - first), part, s + first);
  }
  PetscCall(VecRestoreArrayWrite(*total, &s));
  PetscCall(VecRestoreArrayRead(u, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}
