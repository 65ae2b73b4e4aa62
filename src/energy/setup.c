/* From terms and species to an energy that can be evaluated. */
#include <jko/private/energyimpl.h>

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
static PetscErrorCode EnergySetUpSpecies(Energy energy)
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

static PetscErrorCode EnergySetUpLayout(Energy energy)
{
  PetscLayout layout, state;
  Vec         v, all;

  PetscFunctionBegin;
  if (energy->layout) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EnergyCreateVector(energy, &all));
  PetscCall(VecGetLayout(all, &state));
  PetscCall(PetscLayoutReference(state, &energy->state));
  PetscCall(VecDestroy(&all));
  PetscCall(GridCreateVector(energy->grid, &v));
  PetscCall(VecGetLayout(v, &layout));
  PetscCall(PetscLayoutReference(layout, &energy->layout));
  PetscCall(VecGetLocalSize(v, &energy->n));
  PetscCall(GridGetCellVolume(energy->grid, &energy->volume));
  PetscCall(VecDestroy(&v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergySetUp - makes the energy ready for use: checks the terms and reads the fields they need.

  Collective; to be called again after a change of the terms. Errors: no grid, no terms, a term without what it needs.
@*/
PetscErrorCode EnergySetUp(Energy energy)
{
  MPI_Comm comm;
  char     known[512], terms[256];

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  if (energy->setup) PetscFunctionReturn(PETSC_SUCCESS);
  comm = PetscObjectComm((PetscObject)energy);
  PetscCheck(energy->grid, comm, PETSC_ERR_ORDER, "call EnergySetGrid() before EnergySetUp()");
  PetscCall(EnergyTypeNames(known, sizeof known));
  PetscCall(EnergyOption(energy, "terms", terms, sizeof terms));
  PetscCheck(energy->count || energy->species || energy->whole, comm, JKO_ERR_INPUT,
             "%s is missing: give one or more of %s, as in %s entropy,potential", terms, known, terms);
  PetscCall(EnergySetUpLayout(energy));
  energy->curved = energy->bounds = energy->nonlocal = energy->lagged = 0;
  energy->rate = energy->exponent = energy->ratio = 0;
  for (PetscInt i = 0; i < energy->count; i++) {
    PetscTryTypeMethod(energy->term[i], setup);
    energy->nonlocal += !!energy->term[i]->ops->refresh;
    energy->lagged += energy->term[i]->ops->refresh && energy->term[i]->lagged;
    if (energy->term[i]->ops->bound) energy->bounds++;
    if (!energy->term[i]->ops->variation) continue;
    energy->curved++;
    energy->rate     = PetscMax(energy->rate, energy->term[i]->rate);
    energy->exponent = energy->curved > 1 ? 0 : energy->term[i]->exponent;
  }
  PetscCall(EnergySetUpSpecies(energy));
  energy->setup = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}
